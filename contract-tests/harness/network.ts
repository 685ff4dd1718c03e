import { afterAll, afterEach, beforeAll } from 'vitest';
import { Cleanup } from './cleanup.js';
import type { DatabaseKind, TestDatabase } from './databases.js';
import { type NatsServer, type NatsServerOptions, startNats } from './nats-server.js';
import { type Peer, type PeerOptions, startPeer } from './peer.js';
import { type RawClient, rawClient } from './raw-client.js';
import { type RegistryProcess, type RegistryProcessOptions, startRegistry } from './registry-process.js';
import { tapWire, type WireTap } from './wire-tap.js';

export interface NetworkOptions {
  nats?: NatsServerOptions;
  /** Further environment of the registry. */
  env?: Readonly<Record<string, string>>;
}

/** A NATS server, a database, its registries, a raw client and a tap that judges every frame. */
export interface Network extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly database: TestDatabase;
  /** The first of `registries`. */
  readonly registry: RegistryProcess;
  /** As many as the database's kind has replicas. */
  readonly registries: readonly RegistryProcess[];
  readonly client: RawClient;
  readonly tap: WireTap;
  /** A further raw client whose frames the tap does not judge either. */
  connect(): Promise<RawClient>;
  /** A started agent of the SDK; it is closed after the test. */
  peer(options?: PeerOptions): Promise<Peer>;
  /** Closes what the last test started and judges the frames it caused. */
  endTest(): Promise<void>;
}

/** Starts a whole network on a fresh database. */
export async function openNetwork(kind: DatabaseKind, options: NetworkOptions = {}): Promise<Network> {
  const resources = new Cleanup();
  try {
    const nats = resources.use(await startNats(options.nats));
    const database = await kind.create();
    resources.defer(() => database.drop());
    const client = resources.use(await rawClient(nats.url));
    const clients = [client];
    const tapConnection = (await rawClient(nats.url)).connection;
    const tap = await tapWire(tapConnection, { madeByTest: ({ body }) => clients.some((one) => one.hasSent(body)) });
    resources.defer(() => tap.close());
    const registries = await startReplicas(kind.replicas ?? 1, {
      natsUrl: nats.url,
      database: database.env,
      ...(options.env && { env: options.env }),
    });
    for (const one of registries) resources.use(one);
    const [registry] = registries;
    if (!registry) throw new Error('a network has at least one registry');
    let ofTest = new Cleanup();
    const endTest = async (): Promise<void> => {
      const ended = ofTest;
      ofTest = new Cleanup();
      await ended.run();
      await tap.verify();
    };
    resources.defer(endTest);
    return {
      nats,
      database,
      registry,
      registries,
      client,
      tap,
      async connect() {
        const further = ofTest.use(await rawClient(nats.url));
        clients.push(further);
        return further;
      },
      async peer(peerOptions = {}) {
        return ofTest.use(await startPeer(nats.url, peerOptions));
      },
      endTest,
      [Symbol.asyncDispose]: () => resources.run(),
    };
  } catch (cause) {
    await resources.run();
    throw cause;
  }
}

/** Registries with names of their own, started at the same moment, as after a power cut. */
async function startReplicas(count: number, options: RegistryProcessOptions): Promise<RegistryProcess[]> {
  const named = Array.from({ length: count }, (_, index) =>
    index === 0 ? {} : { REGISTRY_SERVER_ID: `replica-${index}` },
  );
  const started = await Promise.allSettled(
    named.map((name) => startRegistry({ ...options, env: { ...options.env, ...name } })),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (!failed) return running;
  await Promise.all(running.map((registry) => registry.stop()));
  throw failed.reason;
}

/** One network for all tests of the surrounding group; frames are judged after each test. */
export function useNetwork(kind: DatabaseKind, options: NetworkOptions = {}): () => Network {
  let network: Network | undefined;
  beforeAll(async () => {
    network = await openNetwork(kind, options);
  }, 120_000);
  afterEach(() => network?.endTest());
  afterAll(() => network?.[Symbol.asyncDispose](), 60_000);
  return () => {
    if (!network) throw new Error('the network is not open outside tests');
    return network;
  };
}
