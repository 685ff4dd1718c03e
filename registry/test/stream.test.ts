import { randomUUID } from 'node:crypto';
import { limits, subjectPatterns } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureStream, messageStream } from '../src/history/stream.js';
import { type NatsServer, startNatsServer } from './harness/nats-server.js';

const asked = {
  ackWaitMs: limits.historyAckWaitMs,
  limits: { historyMaxBytes: 0, historyMaxMessages: 0, historyMaxAgeSeconds: 0, historyReplicas: 0 },
};

let nats: NatsServer;
let registries: NatsConnection[] = [];
const ensure = (connection: NatsConnection) => ensureStream(connection, messageStream, asked);
const manager = () => jetstreamManager(registries[0] as NatsConnection);

beforeAll(async () => {
  nats = await startNatsServer({ token: randomUUID() });
  registries = await Promise.all(Array.from({ length: 4 }, () => connect({ url: nats.url })));
});
beforeEach(async () => {
  const { streams } = await manager();
  for await (const { config } of streams.list()) await streams.delete(config.name);
});
afterAll(async () => {
  await Promise.all(registries.map((connection) => connection.close()));
  await nats.stop();
});

test('given a server without the stream, when several registries make it at once, then all of them have it', async () => {
  const { streams } = await manager();
  for (let round = 0; round < 50; round++) {
    const sources = await Promise.all(registries.map(ensure));
    expect(new Set(sources.map(({ stream }) => stream))).toEqual(new Set([messageStream.stream]));
    await streams.delete(messageStream.stream);
  }
});

test("given somebody else's stream of these subjects, when a registry makes its own, then it says so at once", async () => {
  const { streams } = await manager();
  await streams.add({ name: 'others', subjects: [subjectPatterns.accountInbox] });
  await expect(ensure(registries[0] as NatsConnection)).rejects.toMatchObject({
    code: 'history_unavailable',
    detail: expect.stringContaining('nats stream'),
  });
});
