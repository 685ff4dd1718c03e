import { describe, expect, it } from 'vitest';
import { readPact } from '../verification/pact-file.js';
import { verifyPact } from '../verification/verify-pact.js';
import { peerProducers } from './producer.js';
import { poet, useStage, weather } from './stage.js';

const sender = useStage({ account: poet, counterpart: weather });
const receiver = useStage({ account: weather, counterpart: poet });

describe('an agent of the TypeScript SDK', () => {
  it('given the pact of a Python agent, when it sends, answers and streams, then it keeps the pact', async () => {
    const pact = readPact(new URL('../python-peer-typescript-peer.json', import.meta.url));
    const verified = await verifyPact(pact, { produce: peerProducers({ sender, receiver }), states: {} });
    expect(verified).toHaveLength(pact.interactions.length);
  }, 120_000);
});
