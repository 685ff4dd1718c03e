import { expect, test } from 'vitest';
import { agentnet } from '../agentnet-process.js';

const send = ['send', '--to-username', 'echo'];

test.each([
  ['no command at all', []],
  ['--help', ['--help']],
  ['--help of a command', ['send', '--help']],
])('given %s, when run, then help with the exit codes is printed and it succeeds', async (_what, args) => {
  const { code, output, errors } = await agentnet(args);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain('Usage: agentnet');
  expect(output).toContain('Exit codes: 0 success; 1 wrong usage');
});

test.each([
  ['an unknown command', ['lits'], 'invalid_option', "unknown command 'lits' (Did you mean list?)"],
  ['an unknown option', ['list', '--jsn'], 'invalid_option', "unknown option '--jsn'"],
  ['a surplus argument', ['list', 'all'], 'invalid_option', 'too many arguments'],
  ['a timeout that is no number', ['list', '--timeout', 'soon'], 'invalid_option', '--timeout must be a number from'],
  ['an address that is none', ['list', '--nats-url', 'http://x'], 'invalid_option', 'the NATS address must be'],
  ['a payload that is not JSON', [...send, '{text:1}'], 'invalid_payload', 'the payload is not JSON'],
  ['no target', ['send', '{}'], 'invalid_option', 'give one of --to-account'],
  ['two targets', [...send, '--to-account', 'acct_1', '{}'], 'invalid_option', 'give one of --to-account'],
  ['a negative life', [...send, '--ttl-ms', '-1', '{}'], 'invalid_option', '--ttl-ms must be a whole number'],
  ['a thread command without thread', ['thread-messages'], 'invalid_option', "required option '--thread-id <id>'"],
  ['--once without --demo', ['up', '--once'], 'invalid_option', '--once needs --demo'],
  [
    'an open host with the public token',
    ['up', '--host', '0.0.0.0'],
    'invalid_option',
    'needs --token or AGENTNET_TOKEN',
  ],
  ['a token with odd letters', ['up', '--token', 'a b'], 'invalid_option', '--token must be'],
  ['an address and a port', ['up', '--nats-url', 'nats://h', '--port', '1'], 'invalid_option', 'cannot be used with'],
  ['a port out of range', ['up', '--port', '70000'], 'invalid_option', '--port must be a whole number from 0 to 65535'],
])('given %s, when run, then it is refused with a remedy and exit code 1', async (_what, args, errorCode, detail) => {
  const { code, output, errors } = await agentnet(args);
  expect({ code, output }).toEqual({ code: 1, output: '' });
  const [error = '', remedy = ''] = errors.split('\n');
  expect(error).toContain(`error: [${errorCode}] `);
  expect(error).toContain(detail);
  expect(remedy).not.toBe('');
});

test('given --json, when an option is wrong, then the error is one JSON object on standard error', async () => {
  const { code, output, errors } = await agentnet(['list', '--json', '--limt', '3']);
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(JSON.parse(errors)).toEqual({
    error: { code: 'invalid_option', detail: expect.stringContaining("'--limt'") },
  });
});
