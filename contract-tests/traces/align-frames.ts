import type { Frame } from '../kit/judge/captured-frame.js';
import type { RoledFrame } from '../kit/judge/frame-roles.js';
import type { Bindings } from './bindings.js';

/** One step of a trace: a frame both sides have, or one that only one of them has. */
export interface Step {
  readonly recorded?: RoledFrame;
  readonly ours?: RoledFrame;
}

/** Pairs the frames of two traces in their order, leaving as few as possible without a partner. */
export function alignFrames(recorded: readonly RoledFrame[], ours: readonly RoledFrame[], bindings: Bindings): Step[] {
  const before = recorded.map((frame) => bindings.translate(signature(frame)));
  const after = ours.map(signature);
  const lengths = commonLengths(before, after);
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  while (i < recorded.length || j < ours.length) {
    const [left, right] = [recorded[i], ours[j]];
    if (left && right && before[i] === after[j]) {
      steps.push({ recorded: left, ours: right });
      [i, j] = [i + 1, j + 1];
    } else if (left && (!right || lengthAt(lengths, i + 1, j) >= lengthAt(lengths, i, j + 1))) {
      steps.push({ recorded: left });
      i += 1;
    } else if (right) {
      steps.push({ ours: right });
      j += 1;
    }
  }
  return steps;
}

/** What a frame is, in words that two runs share but for ids. */
export function signature({ frame, role, request }: RoledFrame): string {
  const { agent_id: agentId, status, kind, code } = fieldsOf(frame);
  const words: Record<RoledFrame['role'], readonly unknown[]> = {
    'rpc request': [frame.subject],
    'rpc reply': [request?.subject],
    hello: [agentId],
    goodbye: [agentId],
    message: [kind, frame.subject],
    'message reply': [kind],
    receipt: [status, code],
    other: [frame.subject],
  };
  return [role, ...words[role].filter(Boolean)].join(' ');
}

function fieldsOf({ body }: Frame): Record<string, unknown> {
  return body.kind === 'json' && typeof body.value === 'object' && body.value !== null ? { ...body.value } : {};
}

/** Lengths of the longest common subsequences of all endings of both lists. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const length =
        before[i] === after[j]
          ? lengthAt(lengths, i + 1, j + 1) + 1
          : Math.max(lengthAt(lengths, i + 1, j), lengthAt(lengths, i, j + 1));
      lengths[i]?.splice(j, 1, length);
    }
  }
  return lengths;
}

function lengthAt(lengths: readonly (readonly number[])[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}
