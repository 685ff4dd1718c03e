import { describe, expect, it } from 'vitest';
import { readPact } from '../verification/pact-file.js';
import { verifyPact } from '../verification/verify-pact.js';
import { useProviderWorld, worldProvider } from './use-provider-world.js';

const world = useProviderWorld();

describe('a real registry', () => {
  it.each([
    { consumer: 'typescript-sdk', wish: {} },
    { consumer: 'python-sdk', wish: { scheme: 'v1' as const } },
  ])('given the pact of $consumer, when its requests arrive, then the answers keep it', async ({ consumer, wish }) => {
    const pact = readPact(new URL(`../${consumer}-registry.json`, import.meta.url));
    const verified = await verifyPact(pact, worldProvider(world(), wish));
    expect(verified).toHaveLength(pact.interactions.length);
  }, 180_000);
});
