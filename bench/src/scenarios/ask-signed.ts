import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { AgentNode } from '@agentnet/sdk';
import { callLoads } from '../call-loads.js';
import { median } from '../measure.js';
import { startNetwork } from '../network.js';
import type { Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';

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
      notes: () => [floorNote()],
      async close() {
        await Promise.all([plain.close(), signing.close()]);
        await signed.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

/** What no program can save: request and reply are signed and verified one after the other. */
function floorNote(): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const text = messageBody();
  const signature = sign(null, text, privateKey);
  const signMs = medianMs(() => sign(null, text, privateKey));
  const verifyMs = medianMs(() => verify(null, text, publicKey, signature));
  const [floor, ...parts] = [2 * (signMs + verifyMs), signMs, verifyMs].map((ms) => ms.toFixed(3));
  return `Ed25519 alone adds ${floor} ms to an ask: two times ${parts.join(' ms to sign and ')} ms to verify, one after the other, in this run`;
}

function medianMs(work: () => unknown): number {
  const times = Array.from({ length: 500 }, () => {
    const at = performance.now();
    work();
    return performance.now() - at;
  });
  return median(times);
}
