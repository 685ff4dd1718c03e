import { limits } from '@agentnet/protocol';
import type { FoundMessages, RecordedMessage } from '../domain/message-page.js';
import { type Queryable, type QueryOptions, timestampText } from './database.js';
import type { MessagePage } from './message-choice.js';
import {
  type FoundIds,
  findIdsOfAll,
  findIdsWithin,
  hasIndexOfItsOwn,
  isScattered,
  newestRows,
} from './newest-messages.js';
import { deliveryJoin } from './receipts.js';
import { Statement } from './statement.js';

/** How many of the newest rows are looked at, at first and then if that promises to fill the page. */
const rows = { near: 4000, far: 40_000 } as const;
const scatteredRows = { near: 500, far: 4000 } as const;
/** Matching rows are not spread evenly. */
const farMargin = 3;

/** Newest first by (`ordered_at`, `message_id`). */
export async function findMessages(db: Queryable, page: MessagePage): Promise<FoundMessages> {
  const isWalk = !page.status && !page.words?.length;
  if (isWalk) return { messages: await readRows(db, (statement) => newestRows(statement, page), planOf(page)) };
  const { ids, end } = await findIds(db, page);
  const messages = await readRows(db, ({ bind }) => rowsById(bind(ids)));
  // Some were too many for one reply, or were deleted since: the walk goes on after the last that is here.
  const last = messages.length < ids.length ? messages.at(-1) : undefined;
  const lookedTo = last ? { id: last.message_id, time: last.ordered_at } : end;
  return lookedTo ? { messages, lookedTo } : { messages };
}

/**
 * Common words and states fill a page from the newest rows in a few milliseconds; their own index would have to fetch and sort all of them.
 * For rare ones that index is the fast way. Where there is none, the page ends after as many rows as a call may cost.
 */
async function findIds(db: Queryable, page: MessagePage): Promise<FoundIds> {
  const isIndexed = hasIndexOfItsOwn(page);
  const { near, far } = isScattered(page) ? scatteredRows : rows;
  const newest = await findIdsWithin(db, page, near);
  if (!newest.end) return newest;
  const older = { ...page, before: newest.end, count: page.count - newest.ids.length };
  const promising = Math.ceil((farMargin * near * older.count) / newest.ids.length);
  const found = isIndexed && promising > far ? undefined : await findIdsWithin(db, older, isIndexed ? promising : far);
  const rest = found && !(isIndexed && found.end) ? found : await findIdsOfAll(db, older);
  return { ...rest, ids: [...newest.ids, ...rest.ids] };
}

/** Only one of these leads to a page by the index that it has, whatever its value and however many rows there are: one plan suits all. */
const leading: readonly string[] = ['thread_id', 'from_account_id', 'to_account_id', 'kind', 'trace_id', 'participant'];

function planOf({ filters, participant, before }: MessagePage): QueryOptions {
  const given = Object.entries({ ...filters, participant }).filter(([, value]) => value != null);
  const [[name] = ['']] = given;
  return given.length === 1 && leading.includes(name) ? { planName: `page_by_${name}${before ? '_before' : ''}` } : {};
}

function rowsById(ids: string): string {
  return `SELECT agent_messages.* FROM unnest(${ids}::text[]) AS found(message_id) JOIN agent_messages USING (message_id)`;
}

/** Ends early, after the row that fills one reply, so that a page of large payloads does not travel from the database in vain. */
async function readRows(
  db: Queryable,
  rowsOf: (statement: Statement) => string,
  options?: QueryOptions,
): Promise<RecordedMessage[]> {
  const statement = new Statement();
  const sql = `
    WITH page AS (${rowsOf(statement)}), measured AS (
      SELECT page.*, sum(octet_length(payload_text)) OVER (ORDER BY ordered_at DESC, message_id DESC ROWS UNBOUNDED PRECEDING)
        - octet_length(payload_text) AS bytes_before
      FROM page
    )
    SELECT message_id, thread_id, parent_message_id, from_account_id, to_account_id, from_session_tag, to_agent, kind,
      schema_version, idempotency_key, trace_id, from_agent, ttl_ms, payload_text, ${timestampText('sent_at')} AS sent_at,
      ${timestampText('received_at')} AS received_at, ${timestampText('message.ordered_at')} AS ordered_at,
      ${timestampText('expires_at')} AS expires_at,
      delivery.status, delivery.code, delivery.accepted_at, delivery.processed_at, delivery.rejected_at
    FROM measured AS message ${deliveryJoin} WHERE bytes_before <= ${statement.bind(limits.replyBudgetBytes)}
    ORDER BY message.ordered_at DESC, message_id DESC`;
  return db.query<RecordedMessage>(sql, statement.params, options);
}
