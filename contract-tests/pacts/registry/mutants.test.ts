import type { JsonObject } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { readPact } from '../verification/pact-file.js';
import { type ProviderUnderTest, verifyPact } from '../verification/verify-pact.js';
import { useProviderWorld, worldProvider } from './use-provider-world.js';

const world = useProviderWorld();
const pact = readPact(new URL('../typescript-sdk-registry.json', import.meta.url));

/** Each breaks one answer of the real registry. */
const mutants: { breaks: string; interaction: string; mutate: (reply: JsonObject) => JsonObject }[] = [
  {
    breaks: 'a required field',
    interaction: 'resolve_account: a known username',
    mutate: ({ username: _, ...rest }) => rest,
  },
  {
    breaks: 'an optional field',
    interaction: 'resolve_key: the key of an account',
    mutate: ({ scheme: _, ...rest }) => rest,
  },
  {
    breaks: 'a code',
    interaction: 'profile is refused: not_found',
    mutate: (reply) => ({ ...reply, code: 'unknown' }),
  },
  {
    breaks: 'the exact text of an error',
    interaction: 'register is refused: field_required',
    mutate: (reply) => ({ ...reply, error: 'agent_id missing' }),
  },
  { breaks: 'a type', interaction: 'thread_status: a thread', mutate: (reply) => ({ ...reply, message_count: '2' }) },
  {
    breaks: 'a cursor',
    interaction: 'thread_messages: the first page',
    mutate: (reply) => ({ ...reply, next_cursor: null }),
  },
  { breaks: 'a list', interaction: 'list: one agent is online', mutate: (reply) => ({ ...reply, agents: [] }) },
];

describe('a registry that breaks the pact', () => {
  it.each(mutants)('given another $breaks, when it is verified, then the run names $interaction', async ({
    interaction,
    mutate,
  }) => {
    const only = { ...pact, interactions: pact.interactions.filter(({ description }) => description === interaction) };
    const real = worldProvider(world());
    const needed = new Set(
      only.interactions.flatMap(({ providerStates = [] }) => providerStates.map(({ name }) => name)),
    );
    const provider: ProviderUnderTest = {
      ...real,
      states: Object.fromEntries(Object.entries(real.states).filter(([name]) => needed.has(name))),
      produce: { '*': async (asked) => mutate((await real.produce['*']?.(asked)) as JsonObject) },
    };
    await expect(verifyPact(only, provider)).rejects.toThrow(interaction);
  });
});
