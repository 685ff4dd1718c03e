import type { JsonObject } from '@agentnet/protocol';
import { afterAll, beforeAll } from 'vitest';
import { openDatabase } from '../../../registry/src/store/database.js';
import { rpcNames } from '../../harness/index.js';
import type { PactInteraction } from '../verification/pact-file.js';
import type { ProviderUnderTest } from '../verification/verify-pact.js';
import { providerStates } from './provider-states.js';
import { ProviderWorld } from './provider-world.js';

/** One registry world on the embedded database for the tests of a file. */
export function useProviderWorld(): () => ProviderWorld {
  let world: ProviderWorld;
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const database = await openDatabase({ kind: 'pglite', dataDir: 'memory://' });
    world = new ProviderWorld(database);
    await world.reset();
    close = async () => {
      await world.reset();
      await database.close();
    };
  });
  afterAll(() => close());
  return () => world;
}

/** The registry as a pact's provider. */
export function worldProvider(world: ProviderWorld): ProviderUnderTest {
  return {
    produce: { '*': (interaction) => world.deliver(operationNamed(interaction), requestOf(interaction)) },
    states: Object.fromEntries(
      Object.entries(providerStates).map(([name, setUp]) => [
        name,
        (parameters: JsonObject) => setUp(world, parameters),
      ]),
    ),
    reset: () => world.reset(),
  };
}

function operationNamed({ description }: PactInteraction) {
  const operation = rpcNames.find((name) => new RegExp(`^${name}\\b`).test(description));
  if (!operation) throw new Error(`${description} names no operation`);
  return operation;
}

const requestOf = ({ request }: PactInteraction): JsonObject => request?.contents.content as JsonObject;
