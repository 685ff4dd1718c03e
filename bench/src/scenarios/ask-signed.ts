import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { callLoads } from '../call-loads.js';
import { startNetwork } from '../network.js';
import type { Scenario } from '../scenario.js';
import { ed25519Floor } from './ed25519-floor.js';
import { FirstVersionAsker } from './first-version-asker.js';
import { messageBody } from './message-body.js';

/** A request and its reply signed with `ed25519-v2` and verified, beside the same without signatures, signed as in the first version, and bare NATS. */
export const askSigned: Scenario = {
  name: 'ask-signed',
  about:
    'request and reply signed with ed25519-v2, beside a bare NATS request, the same two agents without signatures, and a requester that signs with dev-ed25519-v1',
  budgetSeconds: 95,
  async prepare({ natsUrl, responder }, { quick }) {
    const folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-signed-'));
    const keyDir = join(folder, 'keys');
    const signed = await startNetwork({
      registryEnv: { DEV_AUTH: 'true' },
      responderEnv: { DEV_AUTH: 'true', DEV_AUTH_KEY_DIR: keyDir },
    });
    const auth = { enabled: true, keyDir };
    const plain = new AgentNode({ agentId: 'bench_plain_asker', natsUrl });
    const signing = new AgentNode({ agentId: 'bench_signing_asker', natsUrl: signed.natsUrl, auth });
    await Promise.all([plain.start(), signing.start()]);
    const first = await FirstVersionAsker.open(signed.natsUrl, signed.responder);
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-asker' });
    const payload = { text: 'how are you?' };
    const body = messageBody();
    const calls = {
      ours: () => signing.requestAccount({ toAccountId: signed.responder.accountId, payload }),
      raw: () => connection.request(responder.echoSubject, body, { timeout: 5000 }),
      beside: {
        unsigned: () => plain.requestAccount({ toAccountId: responder.accountId, payload }),
        'signed v1': () => first.ask(payload),
      },
    };
    const ofSigned = ['AgentNet', 'signed v1'];
    const loads = callLoads(calls, { inFlight: [1, 8, 64, 256], seconds: 1.5, quick });
    return {
      comparisons: [
        ...loads.map((load) => ({
          ...load,
          processes: (side: string) => (ofSigned.includes(side) ? signed.processes() : {}),
        })),
        ed25519Floor(quick),
      ],
      notes: () => [`signatures of AgentNet are made and checked by ${signatureLibrary()}`],
      async close() {
        await Promise.all([plain.close(), signing.close(), first.close(), connection.close()]);
        await signed.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

/** The SDK takes libsodium where it is installed. */
function signatureLibrary(): string {
  try {
    createRequire(import.meta.url)('sodium-native');
    return 'libsodium (sodium-native)';
  } catch {
    return "the runtime's own Ed25519";
  }
}
