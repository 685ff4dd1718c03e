import { Cleanup } from '../../harness/cleanup.js';
import { startNats } from '../../harness/nats-server.js';
import { type RawClient, rawClient } from '../../harness/raw-client.js';
import { startRegistry } from '../../harness/registry-process.js';
import { createFolder, createPostgres } from '../../harness/test-database.js';
import type { NetworkKind } from './scenario.js';
import { serveRegistryScript } from './scripted-registry.js';
import { WireLog } from './wire-log.js';

/** One NATS server scenarios play on. */
export interface KitNetwork extends AsyncDisposable {
  readonly kind: NetworkKind;
  readonly natsUrl: string;
  readonly registry: { readonly ttlSeconds: number; readonly heartbeatSeconds: number; readonly signed: boolean };
  readonly log: WireLog;
  /** A raw client whose frames count as the kit's own. */
  connect(): Promise<RawClient>;
}

const times = { ttlSeconds: 3, heartbeatSeconds: 1 };

/**
 * Starts a network: `open` and `signed` with a registry and a tap on every frame; on `bare` nobody but the scenario listens.
 *
 * @param postgresUrl - A superuser's URL of the server the registry gets a database on. @default the embedded database
 */
export async function openKitNetwork(kind: NetworkKind, postgresUrl?: string): Promise<KitNetwork> {
  const resources = new Cleanup();
  try {
    const nats = resources.use(await startNats({ jetStream: kind !== 'bare' }));
    const network = await networkAt(nats.url, kind, resources);
    if (kind === 'bare') await serveRegistryScript(await network.connect());
    else {
      const database = await (postgresUrl === undefined ? createFolder() : createPostgres(postgresUrl));
      resources.defer(() => database.drop());
      const env = { AGENT_TTL_SECONDS: String(times.ttlSeconds), ...(kind === 'signed' ? { DEV_AUTH: 'true' } : {}) };
      resources.use(await startRegistry({ natsUrl: nats.url, database: database.env, env }));
    }
    return network;
  } catch (cause) {
    await resources.run();
    throw cause;
  }
}

/** A network that runs already: its registry and its NATS server belong to somebody else. */
export function joinKitNetwork(natsUrl: string, kind: NetworkKind): Promise<KitNetwork> {
  return networkAt(natsUrl, kind, new Cleanup());
}

async function networkAt(natsUrl: string, kind: NetworkKind, resources: Cleanup): Promise<KitNetwork> {
  const clients: RawClient[] = [];
  const log = new WireLog(clients);
  // A tap is a responder to everybody: absence could not be seen beside it.
  if (kind !== 'bare') await log.listen(resources.use(await rawClient(natsUrl)));
  return {
    kind,
    natsUrl,
    registry: { ...times, signed: kind === 'signed' },
    log,
    async connect() {
      const client = resources.use(await rawClient(natsUrl));
      clients.push(client);
      return {
        ...client,
        request: (...asked) => leavable(client.request(...asked)),
        rpc: (...asked) => leavable(client.rpc(...asked)),
        ask: (...asked) => leavable(client.ask(...asked)),
      };
    },
    [Symbol.asyncDispose]: () => resources.run(),
  };
}

/** A scenario that fails meanwhile reads the answer no more; that must not end the kit. */
function leavable<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  return answer;
}
