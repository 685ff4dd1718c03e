import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { makeKeyPair, readDetachedHeader, signDetached, verifyDetached } from '@agentnet/sdk/identity';
import { secondsOf } from '../call-loads.js';
import { measureClosed } from '../measure.js';
import type { Comparison, Side } from '../scenario.js';
import { messageBody } from './message-body.js';

export const ed25519FloorLoad = 'two signatures, two checks';

/** What an `ask` signs and verifies, one after the other, without anything else: the least that signing can add to it. */
export function ed25519Floor(quick: boolean): Comparison {
  const body = messageBody();
  const pair = makeKeyPair();
  const place = { subject: 'bench.echo', reply: '_INBOX.bench', body };
  const facts = { accountId: 'acct_bench', agentId: 'bench', sessionTag: 'bench', signedAt: new Date().toISOString() };
  const statement = { ...facts, purpose: 'message', nonce: '' } as const;
  const ours = () => {
    const read = readDetachedHeader(signDetached(statement, place, pair));
    return typeof read === 'object' && verifyDetached(read, place);
  };
  const bare = generateKeyPairSync('ed25519');
  const raw = () => verify(null, body, bare.publicKey, sign(null, body, bare.privateKey));
  const twice =
    (once: () => boolean): Side =>
    (round) =>
      measureClosed(
        async () => {
          if (!once() || !once()) throw new Error('a good signature was refused');
        },
        { inFlight: 1, seconds: secondsOf(round, 0.5, quick) },
      );
  return {
    name: ed25519FloorLoad,
    kind: 'calls',
    ours: twice(ours),
    raw: twice(raw),
    called: { ours: 'AgentNet', raw: 'Ed25519 alone' },
    processes: () => ({}),
  };
}
