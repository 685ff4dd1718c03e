import { matchSubject, subjectPatterns } from '@agentnet/protocol';
import type { Body, Frame } from '../kit/judge/captured-frame.js';
import type { RoledFrame } from '../kit/judge/frame-roles.js';
import { alignFrames, type Step, signature } from './align-frames.js';
import type { Bindings } from './bindings.js';
import { compareBodies } from './compare-bodies.js';
import { compareValues } from './compare-values.js';
import { absent, type Difference } from './difference.js';

interface Traces {
  readonly scenario: string;
  readonly recorded: readonly RoledFrame[];
  readonly ours: readonly RoledFrame[];
}

type Found = Omit<Difference, 'scenario'>;

/** Compares what two networks carried: the same frames in the same order, each equal to its partner. */
export function compareTraces({ scenario, recorded, ours }: Traces, bindings: Bindings): Difference[] {
  const copies = new Map<string, string>();
  const differences: Found[] = [];
  let last = recorded[0]?.frame.n ?? 0;
  for (const step of alignFrames(recorded, ours, bindings)) {
    last = step.recorded?.frame.n ?? last;
    differences.push(...compareStep(step, last, bindings), ...compareCopies(step, copies));
  }
  return differences.map((found) => ({ scenario, ...found }));
}

function compareStep({ recorded, ours }: Step, n: number, bindings: Bindings): Found[] {
  if (!recorded || !ours) {
    return [
      {
        frame: n,
        field: 'frame',
        recorded: recorded ? signature(recorded) : absent,
        ours: ours ? signature(ours) : absent,
      },
    ];
  }
  return [
    ...compareSubjects(recorded, ours, bindings),
    ...compareReplies(recorded.frame, ours.frame),
    ...compareBodies(recorded.frame.body, ours.frame.body, bindings),
  ].map((found) => ({ frame: n, ...found }));
}

function compareSubjects(recorded: RoledFrame, ours: RoledFrame, bindings: Bindings): Omit<Found, 'frame'>[] {
  // A reply goes to the inbox its request named: that made it a reply.
  if (recorded.request && ours.request) return [];
  return compareValues(recorded.frame.subject, ours.frame.subject, bindings, 'subject');
}

function compareReplies(recorded: Frame, ours: Frame): Omit<Found, 'frame'>[] {
  const [before, after] = [inboxForm(recorded.reply), inboxForm(ours.reply)];
  return before === after ? [] : [{ field: 'reply', recorded: before, ours: after }];
}

function inboxForm(reply: string | undefined): string {
  if (reply === undefined) return absent;
  if (matchSubject.replyInbox(reply)) return subjectPatterns.replyInbox;
  return matchSubject.plainInbox(reply) ? subjectPatterns.plainInbox : reply;
}

/** Frames that were byte for byte the same, such as retries, must be so with us. */
function compareCopies({ recorded, ours }: Step, copies: Map<string, string>): Found[] {
  if (!recorded || !ours) return [];
  const [before, after] = [textOf(recorded.frame.body), textOf(ours.frame.body)];
  const earlier = copies.get(before);
  copies.set(before, earlier ?? after);
  if (recorded.role !== 'message' || earlier === undefined || earlier === after) return [];
  return [{ frame: recorded.frame.n, field: '', recorded: 'the bytes of an earlier frame', ours: 'other bytes' }];
}

function textOf(body: Body): string {
  return body.kind === 'json' ? body.text : body.kind;
}
