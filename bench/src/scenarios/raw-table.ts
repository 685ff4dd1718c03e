import pg from 'pg';
import { measureBulk, type Sample } from '../measure.js';
import { messageBody } from './message-body.js';

const batchSize = 1000;

export interface RawTable {
  /** Writes `count` rows in batches, one statement each. */
  measure(count: number): Promise<Sample>;
  close(): Promise<void>;
}

/** A copy of the message table, indexes included, that one client fills with nothing in between. */
export async function openRawTable(postgresUrl: string): Promise<RawTable> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query('CREATE TABLE bench_messages (LIKE agent_messages INCLUDING ALL)');
  return {
    measure(count) {
      const batches = Array.from({ length: Math.ceil(count / batchSize) }, () => rows(Math.min(batchSize, count)));
      return measureBulk(async () => {
        for (const batch of batches) await client.query(insert, batch);
      }, count);
    },
    async close() {
      await client.query('DROP TABLE bench_messages');
      await client.end();
    },
  };
}

const insert = `
  INSERT INTO bench_messages (message_id, thread_id, from_agent, from_account_id, from_session_tag, to_agent, to_account_id, kind,
    schema_version, trace_id, payload_text, payload, words, sent_at, received_at, ordered_at, ttl_ms, expires_at, subject)
  SELECT body->>'message_id', body->>'thread_id', body->>'from_agent', body->>'from_account_id', body->>'from_session_tag',
    body->>'to_agent', body->>'to_account_id', body->>'kind', body->>'schema_version', body->>'trace_id', payload, payload::jsonb,
    array_to_tsvector(ARRAY['how', 'are', 'you']), sent_at, now(), sent_at, 30000, sent_at + interval '30 seconds', 'bench'
  FROM unnest($1::jsonb[], $2::text[], $3::timestamptz[]) AS t(body, payload, sent_at)
  ON CONFLICT DO NOTHING`;

function rows(count: number): unknown[] {
  const bodies = Array.from({ length: count }, () => new TextDecoder().decode(messageBody()));
  return [bodies, bodies.map(() => '{"text":"how are you?"}'), bodies.map(() => new Date().toISOString())];
}
