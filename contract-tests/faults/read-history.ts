import { countInThread, eventually, idsOf, type MessageText, type RawClient, readThread } from '../harness/index.js';
import { threadCount } from './message-load.js';

export interface RecordedHistory {
  readonly ids: ReadonlySet<string>;
  /** What the counters of a thread say and its messages do not. */
  readonly wrongCounters: readonly string[];
}

const pageSize = 200;
const messagesPerPageRead = 100 * pageSize;

/** Waits until every message of `wanted` is on record. */
export async function untilRecorded(client: RawClient, prefix: string, wanted: readonly MessageText[]): Promise<void> {
  for (let thread = 0; thread < threadCount; thread += 1) {
    const id = `${prefix}_${thread}`;
    const expected = wanted.filter(({ thread_id }) => thread_id === id).length;
    await eventually(() => countInThread(client, id), {
      until: (count) => count >= expected,
      timeoutMs: 120_000,
      what: `${expected} messages in ${id}`,
    });
  }
}

/** Reads every thread to its end and compares it with its counters. */
export async function readHistory(
  client: RawClient,
  prefix: string,
  sent: readonly MessageText[],
): Promise<RecordedHistory> {
  const ids = new Set<string>();
  const wrongCounters: string[] = [];
  const bytesOf = new Map(sent.map(({ message_id, payload }) => [message_id, spacedLength(payload)]));
  for (let thread = 0; thread < threadCount; thread += 1) {
    const thread_id = `${prefix}_${thread}`;
    const { rows } = await readThread(client, thread_id, pageSize);
    if (rows.length >= messagesPerPageRead) throw new Error(`${thread_id} is longer than this reads`);
    const found = idsOf(rows);
    const bytes = found.reduce((sum, id) => sum + (bytesOf.get(id) ?? Number.NaN), 0);
    const counters = await client.ask('thread_status', { thread_id });
    const isExact = counters.message_count === rows.length && counters.byte_count === bytes;
    if (!isExact || new Set(found).size !== rows.length) {
      const { message_count, byte_count } = counters;
      wrongCounters.push(JSON.stringify({ thread_id, message_count, byte_count, rows: rows.length, bytes }));
    }
    for (const id of found) ids.add(id);
  }
  return { ids, wrongCounters };
}

/** The history measures a payload as Python's `json.dumps` writes it: a blank after each colon and comma. */
function spacedLength(payload: unknown): number {
  return JSON.stringify(payload).length + 2 * Object.keys(payload as object).length - 1;
}
