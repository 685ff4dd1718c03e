import type pg from 'pg';

const messagesPerThread = 200;

/** A thread, and also a trace, of the filled table. */
export function filledThread(message: number): string {
  return `bench_${Math.floor(message / messagesPerThread)}`;
}

/** Puts generated messages on record, two seconds apart, with words of known frequency. Indexes are made afterwards, in a tenth of the time. */
export async function fillMessages(client: pg.Client, count: number): Promise<void> {
  console.error(`query: generating ${count.toLocaleString('en')} messages …`);
  await client.query('TRUNCATE agent_messages, agent_receipts');
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename = 'agent_messages' AND indexname NOT LIKE '%_pkey'`,
  );
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await client.query(insert, [count, messagesPerThread]);
  for (const { definition } of indexes) await client.query(definition);
  await client.query(insertReceipts);
  await client.query('VACUUM ANALYZE agent_messages, agent_receipts');
}

const insert = `
  INSERT INTO agent_messages (message_id, thread_id, from_agent, from_account_id, to_agent, to_account_id, kind, schema_version, trace_id,
    payload_text, payload, words, sent_at, received_at, ordered_at, ttl_ms, expires_at, subject)
  SELECT md5(n::text), 'bench_' || n / $2, 'bench', 'acct_' || n % 997, 'bench', 'acct_' || n % 1009,
    CASE WHEN n % 2 = 0 THEN 'request' ELSE 'reply' END, '1.1', 'bench_' || n / $2, to_jsonb(text)::text, to_jsonb(text),
    array_to_tsvector(string_to_array(text, ' ')), at, at, at, 30000, at + interval '30 s', 'account.acct_' || n % 1009 || '.inbox'
  FROM generate_series(0, $1::int - 1) AS n, LATERAL (SELECT
    now() - ($1::int - n) * interval '2 s' AS at,
    'the status of order o' || n || ' for customer c' || n % 10007 || ' is known'
      || CASE WHEN n % 10 = 0 THEN ' delayed' ELSE '' END || CASE WHEN n % 400 = 0 THEN ' seldom' ELSE '' END
      || CASE WHEN n % 10000 = 0 THEN ' rare' ELSE '' END || CASE WHEN n < $1::int / 10 THEN ' ancient' ELSE '' END
      || ' w' || n % 53 || ' x' || n % 211 || ' y' || n % 1999 AS text) AS made`;

/** Every message was processed but one in a hundred, which was refused. */
const insertReceipts = `
  INSERT INTO agent_receipts (message_id, to_account_id, from_account_id, accepted_at, processed_at, rejected_at, code, first_at)
  SELECT message_id, from_account_id, to_account_id, received_at, CASE WHEN place % 100 > 0 THEN received_at END,
    CASE WHEN place % 100 = 0 THEN received_at END, CASE WHEN place % 100 = 0 THEN 'busy' END, received_at
  FROM (SELECT *, row_number() OVER (ORDER BY ordered_at) AS place FROM agent_messages) AS numbered`;
