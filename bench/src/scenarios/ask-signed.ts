import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentNode } from '@agentnet/sdk';
import { callLoads } from '../call-loads.js';
import { startNetwork } from '../network.js';
import type { Scenario } from '../scenario.js';

/** A request and its reply signed with `ed25519-v2` and verified, beside the same without signatures on a network without dev auth. */
export const askSigned: Scenario = {
  name: 'ask-signed',
  about: 'request and reply signed with ed25519-v2, beside the same two agents without signatures',
  async prepare({ natsUrl, responder }, { quick }) {
    const folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-signed-'));
    const keyDir = join(folder, 'keys');
    const signed = await startNetwork({
      registryEnv: { DEV_AUTH: 'true' },
      responderEnv: { DEV_AUTH: 'true', DEV_AUTH_KEY_DIR: keyDir },
    });
    const plain = new AgentNode({ agentId: 'bench_plain_asker', natsUrl });
    const signing = new AgentNode({
      agentId: 'bench_signing_asker',
      natsUrl: signed.natsUrl,
      auth: { enabled: true, keyDir },
    });
    await Promise.all([plain.start(), signing.start()]);
    const payload = { text: 'how are you?' };
    const ours = () => signing.requestAccount({ toAccountId: signed.responder.accountId, payload });
    const raw = () => plain.requestAccount({ toAccountId: responder.accountId, payload });
    return {
      comparisons: callLoads(
        { ours, raw },
        [
          [1, 2000],
          [64, 4000],
        ],
        quick,
      ),
      async close() {
        await Promise.all([plain.close(), signing.close()]);
        await signed.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};
