import { startNats } from '@agentnet/contract-tests/harness/nats-server';
import { encodeJson, history, limits, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { expect, onTestFinished, test, vi } from 'vitest';
import { checkSchemaVersions } from '../../src/doctor/check-schema-versions.js';
import { checkServer } from '../../src/doctor/check-server.js';
import { examine } from '../../src/doctor/examine.js';
import type { Finding } from '../../src/doctor/finding.js';
import type { Patient } from '../../src/doctor/patient.js';

vi.setConfig({ testTimeout: 60_000 });

const wait = { timeoutMs: 2000, signal: new AbortController().signal };

async function server(options: Parameters<typeof startNats>[0] = {}) {
  const nats = await startNats(options);
  onTestFinished(() => nats.stop());
  return nats;
}

/** What is found about one thing at a server. */
async function finding(natsUrl: string, check: string): Promise<Finding | undefined> {
  return (await examine({ natsUrl, wait })).find((one) => one.check === check);
}

test('given a server without JetStream, when examined, then history is the failure', async () => {
  const { url } = await server({ jetStream: false });
  expect(await finding(url, 'jetstream')).toMatchObject({
    verdict: 'failure',
    detail: expect.stringContaining('no JetStream'),
    fix: expect.stringContaining('-js'),
  });
});

test.each([
  ['lives in memory', { storage: 'memory', no_ack: true }, 'warning', 'storage memory', 'with file storage'],
  ['answers requests', { storage: 'file', no_ack: false }, 'failure', 'answers requests instead of agents', 'Restart'],
])('given a stream that %s, when examined, then that is told with a fix', async (_what, settings, verdict, detail, fix) => {
  const { url } = await server();
  const connection = await connect({ url });
  onTestFinished(() => connection.close());
  const config = { name: history.stream, subjects: ['account.*.inbox'], ...settings };
  await connection.request(`$JS.API.STREAM.CREATE.${history.stream}`, encodeJson(config));
  expect(await finding(url, 'jetstream')).toMatchObject({
    verdict,
    detail: expect.stringContaining(detail),
    fix: expect.stringContaining(fix),
  });
});

test.each([
  ['the token everybody knows', 'agentnet_secret_token', 'failure', 'which everybody knows'],
  ['no token at all', undefined, 'warning', 'lets everybody in'],
])('given %s on an address others reach, when examined, then a secret is advised', async (_what, token, verdict, detail) => {
  const { port } = await server({ jetStream: false, ...(token === undefined ? {} : { token }) });
  // The same server, under an address that is not this machine's own.
  const url = `nats://${token === undefined ? '' : `${token}@`}0.0.0.0:${port}`;
  expect(await finding(url, 'token')).toMatchObject({
    verdict,
    detail: expect.stringContaining(detail),
    fix: expect.stringContaining('a secret of your own'),
  });
});

test.each([
  ['takes small messages only', { rttMs: 1, max_payload: 65_536 }, 'at most 65536 bytes', 'max_payload'],
  ['is far away', { rttMs: 400, max_payload: 1_048_576 }, 'answers in 400 ms', 'network in between'],
])('given a server that %s, when examined, then that is told with a fix', async (_what, {
  rttMs,
  max_payload,
}, detail, fix) => {
  const connection = { rtt: async () => rttMs, info: { version: '2.10.0', max_payload } };
  const network = { natsUrl: 'nats://127.0.0.1:4222', wait };
  expect(await checkServer({ connection, network } as unknown as Patient)).toMatchObject({
    verdict: 'warning',
    detail: expect.stringContaining(detail),
    fix: expect.stringContaining(fix),
  });
});

test('given messages of another major version on record, when examined, then they are named with a fix', async () => {
  const registry = {
    messageSearch: async () => ({ messages: [{ schema_version: '1.1' }, { schema_version: '2.0' }] }),
  };
  expect(await checkSchemaVersions({ registry, network: { wait } } as unknown as Patient)).toMatchObject({
    verdict: 'warning',
    detail: 'some of the latest messages are of 2.0, which agents of 1.1 refuse',
    fix: expect.stringContaining('one major version'),
  });
});

test('given a stream that is behind, when examined, then the backlog is told before anything is lost', async () => {
  const { url } = await server();
  const connection = await connect({ url });
  onTestFinished(() => connection.close());
  const config = { name: history.stream, subjects: ['account.*.inbox'], storage: 'file', no_ack: true };
  await connection.request(`$JS.API.STREAM.CREATE.${history.stream}`, encodeJson(config));
  const many = limits.historyBatchMaxMessages + 100;
  for (let count = 0; count < many; count++) connection.publish(subjects.accountInbox('acct_1'), '{}');
  await connection.flush();
  expect(await finding(url, 'stream backlog')).toMatchObject({
    verdict: 'warning',
    detail: expect.stringContaining(`${many} messages and 0 receipts wait to be recorded`),
    fix: expect.stringContaining('its database keeps up'),
  });
});
