import { subjects } from '@agentnet/protocol';
import { afterAll, beforeAll } from 'vitest';
import {
  Cleanup,
  type DatabaseKind,
  type RawClient,
  type RegistryProcess,
  rawClient,
  startNats,
  startRegistry,
} from '../harness/index.js';
import { scenarioNumbered } from './load-scenario.js';
import { RegistryReplay } from './registry-replay.js';

/** One network on which the whole recording is replayed in its order: later scenarios build on earlier ones. */
export interface RegistryStage {
  readonly client: RawClient;
  readonly replay: RegistryReplay;
  /** Lets both recorded agents say hello, as they did every two seconds. */
  greet(): Promise<void>;
  /** Ends the registry and starts another on the same database, after all sessions but the recorded agents' have ended. */
  replaceRegistry(): Promise<void>;
}

/** What the recorded registry ran with. */
export const recordedSettings: Readonly<Record<string, string>> = {
  AGENT_TTL_SECONDS: '6',
  HEARTBEAT_INTERVAL_SECONDS: '2',
  REGISTRY_SERVER_ID: 'registry',
};

/** An embedded database is made from nothing in a second, but in half a minute on a machine that does much else. */
export const startupMs = 90_000;

/** One stage for all tests of the surrounding group. */
export function useRegistryStage(kind: DatabaseKind): () => RegistryStage {
  const resources = new Cleanup();
  let stage: RegistryStage | undefined;
  beforeAll(async () => {
    stage = await openStage(kind, resources);
  }, 2 * startupMs);
  afterAll(() => resources.run());
  return () => {
    if (!stage) throw new Error('the stage is not open outside tests');
    return stage;
  };
}

async function openStage(kind: DatabaseKind, resources: Cleanup): Promise<RegistryStage> {
  const nats = resources.use(await startNats());
  const database = await kind.create();
  resources.defer(() => database.drop());
  const launch = (env: Readonly<Record<string, string>>): Promise<RegistryProcess> =>
    startRegistry({ natsUrl: nats.url, database: database.env, env, timeoutMs: startupMs });
  let registry = await launch(recordedSettings);
  resources.defer(() => registry.stop());
  const client = resources.use(await rawClient(nats.url));
  const replay = new RegistryReplay(client);
  return {
    client,
    replay,
    async greet() {
      const hellos = [1, 2].flatMap((number) => scenarioNumbered(number).frames.slice(-1));
      for (const hello of hellos) replay.publish(hello);
      await client.connection.flush();
    },
    async replaceRegistry() {
      await sayGoodbye(replay, client);
      await registry.stop();
      // Sessions must outlive a slow start, since whether they survive the restart is what is compared.
      registry = await launch({ ...recordedSettings, AGENT_TTL_SECONDS: '60' });
    },
  };
}

/** Ends the sessions that scenario 72 opened; with a longer time to live they would be online again. */
async function sayGoodbye({ bindings }: RegistryReplay, client: RawClient): Promise<void> {
  for (const { body } of scenarioNumbered(72).frames) {
    const [recorded = ''] = body.kind === 'json' ? (/registry_[0-9A-Z]{26}/.exec(body.text) ?? []) : [];
    const tag = bindings.get(recorded);
    if (tag !== undefined) client.publish(subjects.registryGoodbye, { session_tag: tag });
  }
  await client.connection.flush();
}
