import { type ErrorCode, limits } from '@agentnet/protocol';
import { AgentNetError, type AgentNode } from '@agentnet/sdk';

/** Both recorded agents, played by ours, and what later scenes need of earlier ones. */
export interface Cast {
  readonly alice: AgentNode;
  readonly bob: AgentNode;
  firstMessageId?: string;
}

/** What the agents of one recorded scenario did. */
export interface Scene {
  /** Number of the scenario. */
  readonly number: number;
  /** Completes "when they …". */
  readonly what: string;
  act(cast: Cast): Promise<unknown>;
  /** The number of heartbeats of each agent that are the subject; elsewhere they are left out. */
  readonly hellosOfEach?: number;
  /** Whether the agents must look who is online; elsewhere they may. */
  readonly probes?: true;
}

const threadId = 'thread_demo';
const [yo, one, sum] = [{ text: 'yo' }, { x: 1 }, { x: 5, y: 7 }];
const nobody = 'acct_nobody';

export const scenes: readonly Scene[] = [
  { number: 1, what: 'start', act: ({ alice }) => alice.start() },
  { number: 2, what: 'start as a second one', act: ({ bob }) => bob.start() },
  { number: 4, what: 'do nothing for two heartbeats', hellosOfEach: 2, act: async () => undefined },
  {
    number: 5,
    what: 'send to an account',
    act: async (cast) => {
      const { alice, bob } = cast;
      const { messageId } = await alice.sendToAccount({ toAccountId: bob.accountId, payload: yo, threadId });
      cast.firstMessageId = messageId;
    },
  },
  {
    number: 6,
    what: 'send to a username',
    act: ({ alice, firstMessageId: parentMessageId = '' }) =>
      alice.sendToUsername({ username: 'bob', payload: yo, threadId, parentMessageId }),
  },
  {
    number: 7,
    what: 'send without waiting for a receipt',
    act: ({ alice, bob }) =>
      alice.sendToAccount({ toAccountId: bob.accountId, payload: yo, threadId, requireDeliveryAck: false }),
  },
  {
    number: 8,
    what: 'request of an account',
    act: ({ alice, bob }) => alice.requestAccount({ toAccountId: bob.accountId, payload: { q: 1 }, threadId }),
  },
  {
    number: 9,
    what: 'request of a capability',
    act: ({ alice }) => alice.requestCapability({ capability: 'calculator', payload: sum, threadId }),
  },
  {
    number: 10,
    what: 'request of a dotted capability',
    act: ({ alice }) => alice.requestCapability({ capability: 'math.add', payload: sum, threadId: 'thread_dotted' }),
  },
  {
    number: 11,
    what: 'request of capabilities that nobody has',
    probes: true,
    act: async ({ alice }) => {
      for (const capability of ['nobody', 'no.body']) {
        await failing('recipient_offline', alice.requestCapability({ capability, payload: one }));
      }
    },
  },
  {
    number: 12,
    what: 'send to a capability',
    act: ({ alice }) => alice.sendToCapability({ capability: 'calculator', payload: one }),
  },
  {
    number: 13,
    what: 'send to an account that is not there',
    act: ({ alice }) =>
      failing(
        'delivery_ack_timeout',
        alice.sendToAccount({ toAccountId: nobody, payload: one, receiptTimeoutMs: limits.receiptTimeoutMinMs }),
      ),
  },
  {
    number: 14,
    what: 'request of an account that is not there',
    probes: true,
    act: ({ alice }) => failing('recipient_offline', alice.requestAccount({ toAccountId: nobody, payload: one })),
  },
  {
    number: 15,
    what: 'send to a username that nobody has',
    act: ({ alice }) => failing('not_found', alice.sendToUsername({ username: 'ghost', payload: one })),
  },
  { number: 80, what: 'close', act: ({ bob }) => bob.close() },
];

/** Waits for a call that must fail with this code. */
async function failing(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  const failure: unknown = await call.then(
    () => undefined,
    (cause) => cause,
  );
  if (failure instanceof AgentNetError && failure.code === code) return;
  throw new Error(`the call should have failed with ${code}`, { cause: failure });
}
