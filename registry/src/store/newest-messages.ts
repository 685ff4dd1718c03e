import { deliveryJoin } from './receipts.js';

/** Which rows, as SQL. */
export interface RowChoice {
  /** Conditions that an index in the order of the page can meet. */
  readonly where: readonly string[];
  /** An account that must be at either end; undefined for any. */
  readonly participant: string | undefined;
  /** A tsquery all rows must match; undefined for any. */
  readonly words: string | undefined;
  /** What the receiver reported; undefined for anything. */
  readonly status: string | undefined;
  readonly count: string;
}

/**
 * Words and rare statuses are looked for in this many of the newest rows before all are asked. What more than a four-hundredth of the messages
 * have fills a page here in 10 ms; their own index would have to fetch and sort all of them. For what is rarer that is the fast way, and the
 * rows looked at in vain cost those 10 ms. A status that most messages have costs a look-up for each row.
 */
const recentRows = { indexed: 20_000, common: 4000 } as const;

/** Statuses that few messages stay in; they have an index. */
const rareStatuses = [`'accepted'`, `'rejected'`];

const newestFirst = 'ORDER BY ordered_at DESC, message_id DESC';

/**
 * Queries for the newest rows of a choice, to be tried in turn until one fills the page. The last one finds all there is.
 */
export function newestRows(choice: RowChoice): string[] {
  const { words, status } = choice;
  if (words === undefined && status === undefined) return [walk(choice, { columns: '*', count: choice.count })];
  return [rowsById(recentRowsOf(choice)), rowsById(allRowsOf(choice))];
}

/** Rows in the order of an index. */
function walk(
  { where, participant }: RowChoice,
  { columns, count }: { columns: string; count: string | number },
): string {
  const rows = (more: readonly string[]) =>
    `SELECT ${columns} FROM agent_messages ${whereClause([...where, ...more])} ${newestFirst} LIMIT ${count}`;
  if (participant === undefined) return rows([]);
  // Each end has an index in the order of the page; an OR of both would have to sort all messages of the account.
  const sent = rows([`from_account_id = ${participant}`]);
  const got = rows([`to_account_id = ${participant}`, `from_account_id IS DISTINCT FROM ${participant}`]);
  return `SELECT * FROM ((${sent}) UNION ALL (${got})) AS ends ${newestFirst} LIMIT ${count}`;
}

function recentRowsOf(choice: RowChoice): string {
  const { status } = choice;
  const count = status === undefined || isRare(status) ? recentRows.indexed : recentRows.common;
  const rows = walk(choice, { columns: 'message_id, ordered_at, words, subject, from_account_id', count });
  return `
    SELECT message_id FROM (${rows}) AS message ${join(choice)}
    ${whereClause([...reported(choice), ...late(choice)])} ${newestFirst} LIMIT ${choice.count}`;
}

/** Materialised without order and limit: the planner must not walk the time index for what it takes for common. */
function allRowsOf(choice: RowChoice): string {
  const { where, participant } = choice;
  const ends =
    participant === undefined ? [] : [`(from_account_id = ${participant} OR to_account_id = ${participant})`];
  return `
    WITH hits AS MATERIALIZED (
      SELECT message_id, ordered_at FROM agent_messages AS message ${join(choice)}
      ${whereClause([...where, ...ends, ...reported(choice), ...late(choice)])}
    ) SELECT message_id FROM hits ${newestFirst} LIMIT ${choice.count}`;
}

/** Leaves few rows whose receipts have to be looked up. */
function reported({ status }: RowChoice): string[] {
  if (status === undefined || !isRare(status)) return [];
  return [`message_id IN (SELECT message_id FROM agent_receipts WHERE status = ${status})`];
}

function isRare(status: string): boolean {
  return rareStatuses.includes(status);
}

function join({ status }: RowChoice): string {
  return status === undefined ? '' : deliveryJoin;
}

/** Conditions no index in the order of the page can meet. */
function late({ words, status }: RowChoice): string[] {
  return [
    ...(words === undefined ? [] : [`words @@ ${words}::tsquery`]),
    ...(status === undefined ? [] : [`coalesce(delivery.status, 'received') = ${status}`]),
  ];
}

function rowsById(ids: string): string {
  return `SELECT agent_messages.* FROM (${ids}) AS found JOIN agent_messages ON agent_messages.message_id = found.message_id`;
}

function whereClause(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
}
