import { limits } from '@agentnet/protocol';
import type { RawClient } from '../harness/index.js';
import type { RecordedFrame } from '../kit/judge/captured-frame.js';
import { assignRoles } from '../kit/judge/frame-roles.js';
import { absent, type Difference } from './difference.js';
import type { Scenario } from './load-scenario.js';
import { oversized } from './oversized-message.js';

/** The messages and replies of one scenario by frame number; those without an id cannot be recorded. */
export function sentMessageIds({ frames }: Scenario): ReadonlyMap<number, string> {
  const sent = assignRoles(frames).filter(({ role }) => role === 'message' || role === 'message reply');
  return new Map(sent.map(({ frame }) => [frame.n, messageIdOf(frame)] as const).filter(([, id]) => id !== ''));
}

/** The messages of one scenario that the history lacks. */
export function missingMessages(scenario: Scenario, history: readonly string[]): Difference[] {
  return [...sentMessageIds(scenario)]
    .filter(([, id]) => !history.includes(id))
    .map(([frame, id]) => ({ scenario: scenario.name, frame, field: 'history', recorded: id, ours: absent }));
}

/** Ids of all recorded messages, newest first. */
export async function readHistory(client: RawClient): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { messages: { message_id: string }[]; next_cursor: string | null } = await client.ask(
      'message_search',
      {
        limit: limits.messagesLimitMax,
        cursor,
      },
    );
    ids.push(...page.messages.map(({ message_id }) => message_id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return ids;
}

function messageIdOf({ body }: RecordedFrame): string {
  if (body.kind === 'truncated') return oversized.message_id;
  const value: unknown = body.kind === 'json' ? body.value : undefined;
  const id = (value as { message_id?: unknown } | null | undefined)?.message_id;
  return typeof id === 'string' ? id : '';
}
