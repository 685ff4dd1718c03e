import type { AgentNode, AgentNodeOptions, HandlerContext, InboxOptions, ReceivedMessage } from '@agentnet/sdk';
import type { Recording } from './load-scenario.js';
import type { Pauses } from './pauses.js';

/** One recorded agent whose place ours takes, under the identity the recorded registry gave it. */
export interface Part {
  readonly options: Pick<AgentNodeOptions, 'agentId' | 'name' | 'username'> & { inbox?: InboxOptions };
  readonly accountId: string;
  readonly sessionTag: string;
  handle(message: ReceivedMessage, context: HandlerContext, pauses: Pauses): Promise<void>;
}

/** Agents that were recorded together. */
export interface ReplayedCast {
  readonly recording: Recording;
  /** Numbers of the scenarios, first and last. */
  readonly scenarios: readonly [number, number];
  readonly parts: readonly Part[];
  readonly isSigned: boolean;
  /** What the first agent sends itself, by the number of the scenario; elsewhere its recorded messages are replayed as they are. */
  readonly sends?: Readonly<Record<number, (sender: AgentNode) => Promise<unknown>>>;
}

const takesAll = Number.POSITIVE_INFINITY;
const bobsInbox: InboxOptions = {
  rateLimitPerSecond: takesAll,
  maxConcurrency: 2,
  maxPending: 3,
  workTimeoutMs: 600,
  breakerFailures: 3,
  breakerResetMs: 1500,
};

export const withoutAuth: ReplayedCast = {
  recording: 'recorded',
  scenarios: [20, 53],
  isSigned: false,
  parts: [
    {
      options: { agentId: 'agent_a', name: 'Agent A', username: 'alice' },
      accountId: 'acct_01m84cwv77gwa70dymrrcftp0s',
      sessionTag: 'registry_01M84CWV76P6K7WWQTJF20463G',
      handle: async () => undefined,
    },
    {
      options: { agentId: 'agent_b', name: 'Agent B', username: 'bob', inbox: bobsInbox },
      accountId: 'acct_01m84cwvt8tt1rjh4hqxtgy0ta',
      sessionTag: 'registry_01M84CWVT7QW1J2BAXSDAKGM1F',
      handle: act,
    },
  ],
};

const unlimited = { inbox: { rateLimitPerSecond: takesAll } };

export const withAuth: ReplayedCast = {
  recording: 'recorded-auth',
  scenarios: [30, 46],
  isSigned: true,
  parts: [
    {
      options: { agentId: 'agent_a', name: 'Agent A', username: 'alice' },
      accountId: 'acct_01m84f6agcrkhh11792ms83h6p',
      sessionTag: 'registry_01M84F6AGCDGFSTA00N38QPGQP',
      handle: async () => undefined,
    },
    {
      options: { agentId: 'agent_b', name: 'Agent B', username: 'bob', ...unlimited },
      accountId: 'acct_01m84f6agennp6dz2ey42gqr5g',
      sessionTag: 'registry_01M84F6AGEA4NHR6G0NS1YH4CQ',
      handle: approve,
    },
    {
      options: { agentId: 'agent_c', name: 'Agent C', username: 'carol' },
      accountId: 'acct_01m84f6agg9kn15b2hd23qq93h',
      sessionTag: 'registry_01M84F6AGGV5YR81JTXS02FS0R',
      handle: approve,
    },
  ],
};

/** Scenarios 47 to 52 come from another run of the same agents. */
export const withAuthAndIntruders: ReplayedCast = {
  recording: 'recorded-auth',
  scenarios: [47, 52],
  isSigned: true,
  sends: { 51: (alice) => alice.sendToAccount({ toAccountId: 'acct_black_hole', payload: { x: 1 } }) },
  parts: [
    {
      options: { agentId: 'agent_a', name: 'Agent A', username: 'alice' },
      accountId: 'acct_01m84d3qnw11tfzkpxakn0x1nv',
      sessionTag: 'registry_01M84D3QNW6W8BB2RSPQNM6N98',
      handle: async () => undefined,
    },
    {
      options: { agentId: 'agent_b', name: 'Agent B', username: 'bob', ...unlimited },
      accountId: 'acct_01m84d3qnzpxey58kx27j4p2vd',
      sessionTag: 'registry_01M84D3QNZ7415VBWFWME73F2P',
      handle: approve,
    },
    {
      options: { agentId: 'agent_c', name: 'Agent C', username: 'carol' },
      accountId: 'acct_01m84d3qp1ae3entd91t19y67k',
      sessionTag: 'registry_01M84D3QP1S56YN5PXK47X2X32',
      handle: async () => undefined,
    },
  ],
};

/** Does what the payload says, as the recorded handler did. */
async function act(message: ReceivedMessage, { reply, signal }: HandlerContext, pauses: Pauses): Promise<void> {
  const { act: deed, s: seconds } = (message.payload ?? {}) as { act?: string; s?: number };
  if (deed === 'raise') throw new Error('as recorded');
  if (deed === 'late') await reply({ ok: 'early' });
  if (deed === 'late' || deed === 'hang') await pauses.untilStopped(signal);
  if (deed === 'sleep') await pauses.sleep(1000 * (seconds ?? 0), signal);
  if (deed === undefined && message.reply_to !== undefined) await reply({ echo: message.payload });
}

/** Answers what can be answered; the second question of the recording took a while. */
async function approve(message: ReceivedMessage, { reply, signal }: HandlerContext, pauses: Pauses): Promise<void> {
  const { q } = (message.payload ?? {}) as { q?: number };
  if (q === 2) await pauses.sleep(300, signal);
  if (message.reply_to !== undefined) await reply({ ok: 1 });
}
