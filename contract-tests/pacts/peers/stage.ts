import type { JsonObject } from '@agentnet/protocol';
import { limits, nowTimestamp, subjects } from '@agentnet/protocol';
import type { ReceivedMessage } from '@agentnet/sdk';
import { afterAll, beforeAll } from 'vitest';
import { type Peer, type RawClient, type RawSubscription, rawClient, startPeer } from '../../harness/index.js';
import { registered, useScriptedRegistry } from '../registry/scripted-registry.js';

/** The agent under test, and the raw hand that plays its counterpart. */
export interface Stage {
  readonly peer: Peer;
  readonly raw: RawClient;
  /** The account in the raw hand. */
  readonly counterpart: string;
  /** What the agent under test sends to its counterpart. */
  readonly inbox: RawSubscription;
  readonly receipts: RawSubscription;
}

export const weather = 'acct_weather';
export const poet = 'acct_poet';

/** An agent with an account of its own that echoes requests, on a network without a real registry. */
export function useStage({ account, counterpart } = { account: weather, counterpart: poet }): () => Stage {
  const registry = useScriptedRegistry();
  let stage: Stage;
  beforeAll(async () => {
    registry.script('register', { ...registered, account_id: account });
    const raw = await rawClient(registry.url);
    const inbox = await raw.subscribe(subjects.accountInbox(counterpart));
    const receipts = await raw.subscribe(subjects.accountReceipts(counterpart));
    const peer: Peer = await startPeer(registry.url, {
      agentId: 'weather',
      onMessage: (message) => respond(peer, message),
    });
    stage = { peer, raw, counterpart, inbox, receipts };
  });
  afterAll(async () => {
    await stage.peer.close();
    await stage.raw.close();
  });
  return () => stage;
}

async function respond({ node }: Peer, message: ReceivedMessage): Promise<void> {
  const wish = (message.payload as { do?: unknown } | null)?.do;
  if (wish === 'fail') throw new Error('out of ink');
  if (message.reply_to !== undefined) await node.reply(message, wish === 'nothing' ? null : { echo: message.payload });
}

/** The example as if it were sent now, so that it has not expired; an `expires_at` long ago stays. */
export function sentNow(example: JsonObject, fields: JsonObject = {}): JsonObject {
  const nowMs = Date.now();
  const { ttl_ms: ttlMs = limits.ttlMsDefault } = example;
  const times = { sent_at: nowTimestamp(nowMs), expires_at: nowTimestamp(nowMs + Number(ttlMs)) };
  const isLongAgo = String(example['expires_at']) < String(example['sent_at']);
  return { ...example, ...(isLongAgo ? {} : times), ...fields };
}
