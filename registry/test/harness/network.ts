import { afterAll, beforeAll } from 'vitest';
import { type RegistryOptions, type RunningRegistry, startRegistry } from '../../src/index.js';
import type { DatabaseKind, TestDatabase } from './databases.js';
import { type NatsServer, startNatsServer } from './nats-server.js';
import { Wire } from './wire.js';

/** Runs the silent-session job only when a test wants it to. */
const NEVER_SECONDS = 3600;

export interface Network {
  readonly nats: NatsServer;
  readonly database: TestDatabase;
  readonly wire: Wire;
  readonly clock: Clock;
  /** One more registry on the same NATS, by default on the same database and clock; stopped when the tests end. */
  startRegistry(options?: Partial<RegistryOptions>): Promise<RunningRegistry>;
}

/** The registry's clock; moves only when told. */
export class Clock {
  #nowMs = Date.now();
  readonly now = (): number => this.#nowMs;

  advance(seconds: number): void {
    this.#nowMs += seconds * 1000;
  }
}

/** One NATS server, one database and a connected client for the tests of one describe block; no registry yet. */
export function useNetwork(kind: DatabaseKind): Network {
  const network = { clock: new Clock() } as { -readonly [K in keyof Network]: Network[K] };
  const registries: RunningRegistry[] = [];
  network.startRegistry = async (options) => {
    const registry = await startRegistry({
      natsUrl: network.nats.url,
      database: network.database.options,
      gcIntervalSeconds: NEVER_SECONDS,
      logLevel: 'silent',
      now: network.clock.now,
      ...options,
    });
    registries.push(registry);
    return registry;
  };
  beforeAll(async () => {
    network.nats = await startNatsServer();
    network.database = await kind.create();
    network.wire = await Wire.connect(network.nats.url);
  });
  afterAll(async () => {
    await Promise.all(registries.map((registry) => registry.stop()));
    await network.wire.close();
    await network.database.drop();
    await network.nats.stop();
  });
  return network;
}

/** The same with one registry that runs for all tests of the block. */
export function useRegistry(kind: DatabaseKind, options?: Partial<RegistryOptions>): Network {
  const network = useNetwork(kind);
  beforeAll(async () => {
    await network.startRegistry(options);
  });
  return network;
}
