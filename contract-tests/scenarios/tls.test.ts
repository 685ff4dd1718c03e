import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { AgentSDK, listOnlineAgents } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type CertificateAuthority,
  Cleanup,
  certificateAuthority,
  databases,
  type NatsServer,
  startNats,
  startRegistry,
  uniqueName,
} from '../harness/index.js';

const token = 't0ken-of-this-network';
const all = new Cleanup();
let authority: CertificateAuthority;
let nats: NatsServer;

beforeAll(async () => {
  authority = all.use(await certificateAuthority());
  nats = all.use(await startNats({ token, tls: await authority.issue('127.0.0.1', 'localhost') }));
});
afterAll(() => all.run());

test('given a server with a certificate of an authority the agent knows, when agents ask each other, then they are answered', async () => {
  const [embedded] = databases();
  const database = await embedded?.create();
  if (!database) throw new Error('there is always an embedded database');
  onTestFinished(() => database.drop());
  const env = { NATS_CA: authority.caFile };
  const registry = await startRegistry({ natsUrl: nats.url, database: database.env, env });
  onTestFinished(() => registry[Symbol.asyncDispose]());
  const tls = { caFile: authority.caFile };
  const joined = { natsUrl: nats.url, connection: { tls }, blobs: { storage: 'nats_object' } } as const;

  const keeper = new AgentSDK({ ...joined, agentId: uniqueName('keeper') });
  keeper.onMessage(async ({ payload }, { reply }) => reply({ text: await keeper.getBlobText(payload as string) }));
  await keeper.start();
  onTestFinished(() => keeper.close());
  const guest = await AgentSDK.open({ ...joined, agentId: uniqueName('guest') });
  onTestFinished(() => guest.close());

  const { blob_id } = await guest.putBlobBytes(Buffer.from('kept'));
  const answer = await guest.askJson(`@${keeper.node.username}`, blob_id);
  expect(answer.text).toBe('kept');
  const online = await listOnlineAgents(nats.url, { tls });
  expect(online.map(({ username }) => username)).toContain(keeper.node.username);
});

describe('a server that is not to be trusted', () => {
  test('given a server without TLS, when tls:// is asked for, then nothing is sent to it, the token included', async () => {
    let heard = '';
    const server = createServer((socket) => {
      const info = { server_id: 'x', version: '2.9.10', proto: 1, max_payload: 1_048_576, headers: true };
      socket.write(`INFO ${JSON.stringify(info)}\r\n`);
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.on('error', () => socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.close();
      await once(server, 'close');
    });
    const url = `tls://${token}@127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(connect({ url })).rejects.toMatchObject({
      code: 'connect_failed',
      message: expect.stringContaining("does not support 'tls'"),
    });
    expect(heard).toBe('');
  });

  test('given a certificate of a stranger or for another host, when it connects, then it fails as connect_failed before the token is sent', async () => {
    await expect(connect({ url: nats.url })).rejects.toMatchObject({
      code: 'connect_failed',
      message: expect.stringContaining('NATS_CA'),
    });
    const elsewhere = await startNats({ token, tls: await authority.issue('localhost') });
    onTestFinished(() => elsewhere.stop());
    const tls = { caFile: authority.caFile };
    await expect(connect({ url: elsewhere.url, tls })).rejects.toMatchObject({
      code: 'connect_failed',
      message: expect.stringMatching(/certificate.*IP: 127\.0\.0\.1/),
    });
  });
});
