import { describe, expect, it } from 'vitest';
import { readPact } from '../verification/pact-file.js';
import { verifyPact } from '../verification/verify-pact.js';
import { useProviderWorld, worldProvider } from './use-provider-world.js';

const world = useProviderWorld();

describe('a real registry', () => {
  it.each([
    'typescript-sdk',
    'python-sdk',
  ])('given the pact of %s, when its requests arrive, then the answers keep it', async (consumer) => {
    const pact = readPact(new URL(`../${consumer}-registry.json`, import.meta.url));
    const verified = await verifyPact(pact, worldProvider(world()));
    expect(verified).toHaveLength(pact.interactions.length);
  }, 180_000);
});
