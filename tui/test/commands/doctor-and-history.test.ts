import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { findNatsServer } from '../../src/up/find-nats-server.js';
import { startNatsServer } from '../../src/up/nats-server.js';
import { agentnet } from '../agentnet-process.js';
import { type DemoNetwork, startDemoNetwork } from '../demo-network.js';
import { eventually } from '../eventually.js';
import { tempFolder } from '../temp-folder.js';

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 180_000 });

let network: DemoNetwork;

beforeAll(async () => {
  network = await startDemoNetwork();
});
afterAll(() => network.stop());

describe('given a healthy network', () => {
  test('when examined, then every check is told, nothing has failed, and table and JSON tell the same', async () => {
    const { findings, nats_url } = await network.json('doctor');
    expect(nats_url).toBe(network.natsUrl);
    expect(findings.map(({ check }: { check: string }) => check)).toEqual([
      'server',
      'token',
      'jetstream',
      'registry',
      'clock',
      'schema version',
      'database',
      'history writer',
      'stream backlog',
      'dead letters',
    ]);
    const verdicts = new Set(findings.map(({ verdict }: { verdict: string }) => verdict));
    expect(verdicts).toEqual(new Set(['ok']));
    const { code, output, errors } = await network.run(['doctor']);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(
      /^✓ server +nats-server \S+ at nats:.*\n✓ token +the token is the public one, which is fine/,
    );
  });

  test('when its counters are asked for, then they are a table and the same in JSON', async () => {
    const metrics = await network.json('metrics');
    expect(metrics).toMatchObject({ store_enabled: true, handlers: { register: { calls: expect.any(Number) } } });
    const { output } = await network.run(['metrics']);
    expect(output).toMatch(new RegExp(`^registry +${metrics.server_id}\\n`));
    expect(output).toMatch(/\nNAME +CALLS +ERRORS +P50 MS +P95 MS +P99 MS\n(.*\n)*register +\d+ +0 /);
  });
});

describe('given messages on record', () => {
  const thread = 'h_search';

  beforeAll(async () => {
    for (const text of ['alpha one', 'beta two', 'alpha three', 'gamma four', 'alpha five']) {
      await network.run(['send', '--to-username', 'echo', '--thread-id', thread, JSON.stringify({ text })]);
    }
    await eventually(async () => {
      const { messages } = await network.json('message-search', '--thread-id', thread);
      return messages.length === 5 || undefined;
    });
  });

  const search = async (...args: string[]) => {
    const { messages, next_cursor } = await network.json('message-search', ...args);
    return { texts: messages.map(({ payload }: { payload: { text: string } }) => payload.text), next_cursor };
  };

  test('when searched with words, then what fits is found, newest first, as JSON and as a table', async () => {
    const { texts } = await search(`thread:${thread}`, 'to:@echo', 'kind:direct', 'since:1h', 'alpha');
    expect(texts).toEqual(['alpha five', 'alpha three', 'alpha one']);
    const { output } = await network.run(['message-search', '--thread-id', thread, '!text:alpha,beta']);
    expect(output).toMatch(/^SENT +KIND +FROM +TO +PAYLOAD +MESSAGE\n.*gamma four.*$/);
  });

  test('when paged while filtering, then each message is given once and the last page says so', async () => {
    const filtered = ['--thread-id', thread, 'alpha', '--limit', '2'];
    const first = await search(...filtered);
    const second = await search(...filtered, '--cursor', first.next_cursor);
    expect([first.texts, second.texts]).toEqual([['alpha five', 'alpha three'], ['alpha one']]);
    expect(second.next_cursor).toBeNull();
    expect((await network.run(['message-search', ...filtered])).errors).toContain(`add --cursor ${first.next_cursor}`);
  });

  test('when searched by state, party, trace, words and receive time, then filter and options find the same', async () => {
    const inThread = ['--thread-id', thread];
    await eventually(async () => (await search(...inThread, 'status:processed')).texts.length === 5 || undefined);
    expect((await search(...inThread, '--status', 'processed', 'with:@echo')).texts).toHaveLength(5);
    expect((await search(...inThread, 'status:rejected')).texts).toEqual([]);
    expect((await search(...inThread, '--status', 'rejected')).texts).toEqual([]);
    expect((await search(...inThread, '--text', 'four GAMMA')).texts).toEqual(['gamma four']);
    const { messages } = await network.json('message-search', ...inThread, 'five');
    const [{ trace_id, received_at, from_account_id }] = messages;
    expect((await search(`trace:${trace_id}`)).texts).toEqual(['alpha five']);
    expect((await search('--trace-id', trace_id)).texts).toEqual(['alpha five']);
    expect((await search(...inThread, '--participant-account-id', from_account_id)).texts).toHaveLength(5);
    expect((await search(...inThread, '--received-from-ts', received_at)).texts).toEqual(['alpha five']);
    expect((await search(...inThread, '--received-to-ts', '2020-01-01T00:00:00Z')).texts).toEqual([]);
  });

  test('when searched by the options of the first version, then they mean the same', async () => {
    const { texts } = await search(
      '--thread-id',
      thread,
      '--kind',
      'direct',
      '--from-ts',
      '2020-01-01T00:00:00Z',
      '--limit',
      '1',
    );
    expect(texts).toEqual(['alpha five']);
    expect((await search('--thread-id', thread, '--to-ts', '2020-01-01T00:00:00Z')).texts).toEqual([]);
    const { profile } = await network.json('profile', '--username', 'echo');
    expect((await search('--to-account-id', profile.account_id, '--thread-id', thread)).texts).toHaveLength(5);
    expect((await search('--from-account-id', profile.account_id, '--thread-id', thread)).texts).toEqual([]);
  });

  test.each([
    [['from:@nobody'], 2, '[not_found]'],
    [['--thread-id', thread, 'thread:other'], 1, '--thread-id is given both as an option and in the filter'],
    [['--from-ts', 'soon'], 1, '[from_ts_invalid]'],
    [['status:replied'], 1, 'history knows no status replied, only sent, accepted, processed, rejected'],
    [['kind:receipt'], 1, 'receipts are no messages of their own'],
    [['--status', 'lost'], 1, '[bad_request]'],
    [['form:@a'], 1, 'there is no field form'],
    [['--cursor', 'rubbish'], 1, '[cursor_invalid]'],
  ])('when asked for %j, then it is refused and says why', async (args, expected, why) => {
    const { code, errors } = await network.run(['message-search', ...args]);
    expect(code).toBe(expected);
    expect(errors).toContain(why);
  });
});

describe('given something wrong', () => {
  test('when no server is there, then that is the failure, the rest is unknown, and the exit code is 2', async () => {
    const { code, output } = await agentnet(['doctor', '--nats-url', 'nats://127.0.0.1:1', '--json']);
    expect(code).toBe(2);
    const [server, ...rest] = JSON.parse(output).findings;
    expect(server).toMatchObject({ check: 'server', verdict: 'failure', fix: expect.stringContaining('agentnet up') });
    expect(new Set(rest.map(({ verdict }: { verdict: string }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('when the token is wrong, then the server is well and the token is the failure, and it is not printed', async () => {
    const url = network.natsUrl.replace('agentnet_secret_token', 'wrong-one');
    const { code, output, errors } = await agentnet(['doctor', '--nats-url', url]);
    expect(code).toBe(2);
    expect(output).toMatch(/^✓ server .*\n✗ token +\[authorization_failed\].*\n +Put the token into the URL/);
    expect(output + errors).not.toContain('wrong-one');
  });

  test('when there is a server with JetStream but no registry, then stream and registry are missing, each with a fix', async () => {
    const server = await startNatsServer(findNatsServer(process.env), {
      host: '127.0.0.1',
      port: 0,
      token: 'own',
      dataDir: await tempFolder(),
    });
    onTestFinished(() => server.stop());
    const address = ['--nats-url', `nats://own@127.0.0.1:${server.port}`, '--timeout', '5'];
    const { code, output } = await agentnet(['doctor', ...address, '--json']);
    expect(code).toBe(2);
    const found = Object.fromEntries(JSON.parse(output).findings.map((one: { check: string }) => [one.check, one]));
    expect(found.token).toMatchObject({ verdict: 'ok', detail: 'accepted, and others are refused' });
    expect(found.jetstream).toMatchObject({ verdict: 'failure', fix: expect.stringContaining('Start a registry') });
    expect(found.registry).toMatchObject({ verdict: 'failure', fix: expect.stringContaining('agentnet up') });
    expect(found['dead letters'].verdict).toBe('unknown');
  });
});
