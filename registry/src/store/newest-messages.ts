import type { TimePlace } from '../domain/page-cursor.js';
import { type Queryable, timestampText } from './database.js';
import { type MessagePage, type RowChoice, rowConditions } from './message-choice.js';
import { deliveryJoin } from './receipts.js';
import { Statement } from './statement.js';

type Bind = Statement['bind'];

const newestFirst = 'ORDER BY ordered_at DESC, message_id DESC';

/** Statuses that few messages stay in; they have an index. */
const isRare = (status: RowChoice['status']): boolean => status === 'accepted' || status === 'rejected';

/** Whether rows that meet the choice are found without a walk through all others. */
export function hasIndexOfItsOwn({ words = [], status }: RowChoice): boolean {
  return words.length > 0 || isRare(status);
}

/**
 * Whether looking at a row of the walk costs a page of its own: the rows of one account lie apart, and so do their receipts. Those in the order
 * of time lie side by side, and sometimes the index says enough.
 */
export function isScattered({ filters, participant, words = [], status }: RowChoice): boolean {
  const { from_account_id, to_account_id, kind, trace_id } = filters;
  const isApart = [participant, from_account_id, to_account_id, kind, trace_id].some(Boolean);
  if (words.length > 0) return isApart;
  const isCovered = isRare(status) && Object.values(filters).filter(Boolean).length <= 1;
  return isApart ? !isCovered : !isRare(status);
}

/** The newest rows that only an index in the order of the page has to meet. */
export function newestRows({ bind }: Statement, page: MessagePage): string {
  return walk(bind, page, { columns: '*', count: bind(page.count) });
}

export interface FoundIds {
  readonly ids: readonly string[];
  /** The oldest row that was looked at, when fewer than wanted were found and there are older ones. */
  readonly end?: TimePlace;
}

/** Looks at the newest `rows` of those that an index leads to, until the wanted number meets the choice. */
export async function findIdsWithin(db: Queryable, page: MessagePage, rows: number): Promise<FoundIds> {
  const { params, bind } = new Statement();
  const count = bind(page.count);
  const places = walk(bind, page, { columns: 'message_id, ordered_at', count: rows });
  // The second walk is made only where the first did not find enough, and reads the index alone where it can.
  const sql = `
    WITH walked AS (${places}),
      hits AS MATERIALIZED (${idsWithin(bind, page, rows)} LIMIT ${count}),
      ids AS MATERIALIZED (SELECT coalesce(array_agg(message_id), '{}') AS ids FROM hits)
    SELECT ids, CASE WHEN cardinality(ids) < ${count} THEN (
      SELECT ARRAY[message_id, ${timestampText('ordered_at')}]
      FROM (SELECT * FROM walked ${newestFirst} OFFSET ${rows - 1} LIMIT 1) AS last_walked) END AS end
    FROM ids`;
  const [found] = await db.query<{ ids: string[]; end: [id: string, time: string] | null }>(sql, params);
  const { ids = [], end } = found ?? {};
  return end ? { ids, end: { id: end[0], time: end[1] } } : { ids };
}

/** Ids of the newest rows that meet the choice, however old, by the index of its words or status. */
export async function findIdsOfAll(db: Queryable, page: MessagePage): Promise<FoundIds> {
  const { params, bind } = new Statement();
  const { participant, status } = page;
  const conditions = rowConditions(page, bind);
  if (participant) {
    const account = bind(participant);
    conditions.push(`(from_account_id = ${account} OR to_account_id = ${account})`);
  }
  if (isRare(status)) conditions.push(isReported(status));
  // OFFSET 0 keeps the planner from walking the time index for what it takes for common.
  const sql = `
    SELECT message_id FROM (
      SELECT message_id, ordered_at FROM agent_messages AS message ${status ? deliveryJoin : ''}
      ${where([...conditions, ...late(bind, page)])} OFFSET 0
    ) AS hits ${newestFirst} LIMIT ${bind(page.count)}`;
  const found = await db.query<{ message_id: string }>(sql, params);
  return { ids: found.map(({ message_id }) => message_id) };
}

function idsWithin(bind: Bind, page: MessagePage, rows: number): string {
  const { words = [], status } = page;
  const needsRow = [...(words.length > 0 ? ['words'] : []), ...(status ? ['subject', 'from_account_id'] : [])];
  const columns = ['message_id', 'ordered_at', ...needsRow].join(', ');
  // Of a rare status the index of receipts is asked first: the message itself is read only where it says yes.
  const message =
    isRare(status) && words.length === 0
      ? `(SELECT * FROM walked WHERE ${isReported(status)}) AS reported
        CROSS JOIN LATERAL (SELECT subject, from_account_id FROM agent_messages WHERE message_id = reported.message_id LIMIT 1) AS read
        CROSS JOIN LATERAL (SELECT reported.*, read.*) AS message`
      : `(${walk(bind, page, { columns, count: rows })}) AS message`;
  return `SELECT message.message_id FROM ${message} ${status ? deliveryJoin : ''} ${where(late(bind, page))}
    ORDER BY message.ordered_at DESC, message.message_id DESC`;
}

/** Rows in the order of an index. */
function walk(bind: Bind, page: MessagePage, { columns, count }: { columns: string; count: string | number }): string {
  const conditions = rowConditions(page, bind);
  const rows = (more: readonly string[]) =>
    `SELECT ${columns} FROM agent_messages ${where([...conditions, ...more])} ${newestFirst} LIMIT ${count}`;
  if (!page.participant) return rows([]);
  // Each end has an index in the order of the page; an OR of both would have to sort all messages of the account. What an account sent to
  // itself comes twice, side by side. A condition on the other end would need the rows themselves, DISTINCT would hide how many there are.
  const account = bind(page.participant);
  const ends = `(${rows([`from_account_id = ${account}`])}) UNION ALL (${rows([`to_account_id = ${account}`])})`;
  return `SELECT * FROM (SELECT *, lag(message_id) OVER (${newestFirst}) AS newer FROM (${ends}) AS ends) AS merged
    WHERE newer IS DISTINCT FROM message_id ${newestFirst} LIMIT ${count}`;
}

/** Conditions no index in the order of the page can meet. */
function late(bind: Bind, { words = [], status }: RowChoice): string[] {
  return [
    ...(words.length === 0 ? [] : [`words @@ ${bind(words.map((word) => `'${word}'`).join(' & '))}::tsquery`]),
    ...(status ? [`coalesce(delivery.status, 'received') = ${literal(status)}`] : []),
  ];
}

function isReported(status: RowChoice['status']): string {
  return `message_id IN (SELECT message_id FROM agent_receipts WHERE status = ${literal(status)})`;
}

/** Written out, so that the planner sees which statuses have an index. */
function literal(status: RowChoice['status']): string {
  return `'${status}'`;
}

function where(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
}
