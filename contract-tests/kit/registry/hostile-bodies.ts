import type { RawBody } from '../../harness/raw-client.js';

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const textFields = ['agent_id', 'username', 'account_id', 'thread_id', 'query', 'cursor', 'name'];

function everyField(value: string): string {
  return JSON.stringify(Object.fromEntries(textFields.map((field) => [field, value])));
}

/** Bodies no operation can take as they are. `list` and `metrics` answer them as usual. */
export const hostileBodies: Readonly<Record<string, RawBody>> = {
  'broken JSON': '{"agent_id":',
  'no UTF-8': new Uint8Array([0xc3, 0x28]),
  'an array': '[]',
  'a number': '1e999',
  null: 'null',
  'deep nesting': deep,
  'a deep member': `{"metadata":${deep}}`,
  'wrong types':
    '{"agent_id":{},"username":[],"account_id":7,"thread_id":{},"limit":"x","cursor":{},"query":7,"from_ts":{}}',
  'U+0000': everyField('a\u0000'),
  'lone surrogates': everyField('\ud800'),
  'huge numbers':
    '{"agent_id":"a","thread_id":"t","username":"u","account_id":"a","limit":1e999,"soft_limit_tokens":1e400}',
  'long texts': everyField('x'.repeat(100_000)),
  'extreme dates':
    '{"agent_id":"a","thread_id":"t","username":"u","from_ts":"0001-01-01T00:00:00+14:00","to_ts":"9999-12-31T23:59:59-14:00"}',
  'injection texts': JSON.stringify({
    agent_id: "'; DROP TABLE agent_accounts; --",
    username: "'; DROP TABLE agent_accounts; --",
    thread_id: "'; --",
    query: "'; --",
  }),
};
