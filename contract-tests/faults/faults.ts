import { setTimeout as pause } from 'node:timers/promises';
import { history } from '@agentnet/protocol';
import { jetstreamManager } from '@nats-io/jetstream';
import { eventually, type Network, type RegistryProcess } from '../harness/index.js';
import type { Fault, Stage } from './run-fault.js';

const secondMs = 1_000;
const tinyStreamBytes = 200_000;
/** More messages than this stream and the memory of a registry hold together. */
const moreThanFits = 3_000;
/** Time in which NATS notices the end of a connection whose process is gone. */
const noticeMs = 200;

export const faults: readonly Fault[] = [
  {
    name: 'Embedded database and its registry killed (SIGKILL)',
    database: 'PGlite',
    registries: 1,
    run: ({ network, calls }) => calls.disturb(() => crash(network.registry)),
  },
  {
    name: 'Embedded database and its registry stopped (SIGTERM) and started again',
    database: 'PGlite',
    registries: 1,
    run: ({ network, calls }) => calls.disturb(() => network.registry.restart()),
  },
  {
    name: 'Registry killed (SIGKILL)',
    database: 'Postgres',
    registries: 1,
    run: ({ network, calls }) => calls.disturb(() => crash(network.registry)),
  },
  {
    name: 'Registry stopped (SIGTERM) and started again',
    database: 'Postgres',
    registries: 1,
    run: ({ network, calls }) => calls.disturb(() => network.registry.restart()),
  },
  {
    name: 'Three registries, each stopped (SIGTERM) and started in turn',
    database: 'Postgres',
    registries: 3,
    async run({ network }) {
      for (const registry of network.registries) await registry.restart();
    },
  },
  {
    name: 'Three registries, one killed (SIGKILL) every second',
    database: 'Postgres',
    registries: 3,
    async run({ network, calls, size }) {
      const starting: Promise<void>[] = [];
      for (let kill = 0; kill < size.kills; kill += 1) {
        const victim = network.registries[kill % network.registries.length] as RegistryProcess;
        await starting[kill - network.registries.length];
        await calls.disturb(async () => {
          await victim.kill();
          await pause(noticeMs);
        });
        starting.push(victim.restart());
        await pause(secondMs - noticeMs);
      }
      await Promise.all(starting);
    },
  },
  {
    name: 'nats-server killed (SIGKILL)',
    database: 'Postgres',
    registries: 1,
    run: (stage) => endNats(stage, 'SIGKILL'),
  },
  {
    name: 'nats-server stopped (SIGTERM) and started again',
    database: 'Postgres',
    registries: 1,
    run: (stage) => endNats(stage, 'SIGTERM'),
  },
  {
    name: 'Postgres killed (SIGKILL)',
    database: 'Postgres',
    registries: 1,
    run: ({ store, calls }) =>
      calls.disturb(async () => {
        store.cluster().kill();
        await pause(secondMs);
        store.cluster().start();
      }),
  },
  {
    name: 'Postgres stopped (SIGTERM, SIGINT after 1 s) and started again',
    database: 'Postgres',
    registries: 1,
    run: ({ store, calls }) =>
      calls.disturb(async () => {
        store.cluster().terminate();
        await pause(secondMs);
        store.cluster().shutDown();
        store.cluster().start();
      }),
  },
  {
    name: 'Postgres stopped for 10 s',
    database: 'Postgres',
    registries: 1,
    run: ({ store, calls, size }) =>
      calls.disturb(async () => {
        store.cluster().stop();
        await pause(size.outageMs);
        store.cluster().start();
      }),
  },
  {
    name: 'Stream full while Postgres is stopped',
    database: 'Postgres',
    registries: 1,
    overflows: true,
    load: { padding: 2_000 },
    run: ({ network, store, calls, messages }) =>
      calls.disturb(async () => {
        await limitStream(network, tinyStreamBytes);
        store.cluster().stop();
        const enough = messages.accepted.length + moreThanFits;
        await eventually(() => messages.accepted.length >= enough, { timeoutMs: 120_000 });
        store.cluster().start();
      }),
  },
];

async function crash(registry: RegistryProcess): Promise<void> {
  await registry.kill();
  await registry.restart();
}

function endNats({ network, calls }: Stage, signal: NodeJS.Signals): Promise<void> {
  return calls.disturb(async () => {
    await network.nats.kill(signal);
    await network.nats.restart();
    await eventually(() => network.client.connection.flush().then(() => true));
  });
}

async function limitStream({ client }: Network, maxBytes: number): Promise<void> {
  const { streams } = await jetstreamManager(client.connection);
  const { config } = await streams.info(history.stream);
  await streams.update(history.stream, { ...config, max_bytes: maxBytes });
}
