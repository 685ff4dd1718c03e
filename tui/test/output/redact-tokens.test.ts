import { expect, test } from 'vitest';
import { redactTokens } from '../../src/output/redact-tokens.js';

test.each([
  [
    'a token',
    'no server at nats://s3cret@127.0.0.1:4222 (refused)',
    'no server at nats://***@127.0.0.1:4222 (refused)',
  ],
  ['user and password', 'postgres://me:p@ss@db:5432/x', 'postgres://***@db:5432/x'],
  ['several URLs', 'nats://a@h1,nats://b@h2', 'nats://***@h1,nats://***@h2'],
  ['no credentials', 'nats://127.0.0.1:4222', 'nats://127.0.0.1:4222'],
])('given %s in a URL, when redacted, then they are hidden and the rest is kept', (_what, text, redacted) => {
  expect(redactTokens(text)).toBe(redacted);
});
