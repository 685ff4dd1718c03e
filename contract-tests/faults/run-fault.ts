import {
  eventually,
  messagesOf,
  type Network,
  openNetwork,
  type RawClient,
  record,
  uniqueName,
} from '../harness/index.js';
import { type CallLoad, callRegistries } from './call-load.js';
import { type MessageLoad, type MessageLoadOptions, sendMessages } from './message-load.js';
import type { Outcome } from './outcome.js';
import { readHistory, untilRecorded } from './read-history.js';
import { openStore, type Store } from './stores.js';

/** How long and how often; the short form is for every run of the tests. */
export interface Size {
  readonly outageMs: number;
  readonly kills: number;
  /** Messages before the fault, and again after it. */
  readonly messages: number;
}

export const sizes = {
  short: { outageMs: 3_000, kills: 3, messages: 300 },
  full: { outageMs: 10_000, kills: 10, messages: 3_000 },
} satisfies Record<string, Size>;

/** What a fault may break, and the loads that feel it. */
export interface Stage {
  readonly network: Network;
  readonly store: Store;
  readonly messages: MessageLoad;
  readonly calls: CallLoad;
  readonly size: Size;
}

export interface Fault {
  /** Its row in the registry's README. */
  readonly name: string;
  readonly database: Outcome['database'];
  readonly registries: number;
  readonly load?: MessageLoadOptions;
  /** Whether more is sent than the operator gave room for; what is lost must then be in the metrics. */
  readonly overflows?: boolean;
  /** Breaks something and returns when it is whole again. Calls that may fail are made inside `calls.disturb`. */
  run(stage: Stage): Promise<void>;
}

const patientMs = 120_000;

/** Runs one fault on a network of its own, under load before, during and after. */
export async function runFault(fault: Fault, size: Size): Promise<Outcome> {
  await using store = await openStore(fault.database);
  const env = { AGENT_TTL_SECONDS: '60', LOG_LEVEL: 'warn', HTTP_PORT: '0' };
  await using network = await openNetwork({ ...store.kind, replicas: fault.registries }, { env });
  const client = await network.connect();
  const messages = sendMessages(await network.connect(), fault.load);
  const calls = callRegistries(client);
  await accepted(messages, size.messages);
  await fault.run({ network, store, messages, calls, size });
  const answersAfterMs = await calls.disturb(() => untilAnswered(client));
  const endedAt = performance.now() - answersAfterMs;
  const untilComplete = async (): Promise<void> => {
    await messages.stop();
    // Nobody can wait for what is lost; but what is sent last is recorded last.
    if (fault.overflows) await record(client, messagesOf(uniqueName('marker'), [{}]));
    else await untilRecorded(client, messages.prefix, messages.accepted);
  };
  await untilComplete();
  const completeAfterMs = performance.now() - endedAt;
  messages.goOn();
  await accepted(messages, messages.accepted.length + size.messages);
  await untilComplete();
  await calls.stop();
  return {
    scenario: fault.name,
    database: fault.database,
    registries: fault.registries,
    sent: messages.published,
    answersAfterMs,
    completeAfterMs,
    reportedLost: await reportedLost(network),
    ...(await compareHistory(client, messages)),
    ...(await compareCalls(client, calls)),
  };
}

async function accepted(messages: MessageLoad, count: number): Promise<void> {
  await eventually(() => messages.accepted.length >= count, {
    timeoutMs: patientMs,
    what: `${count} accepted messages`,
  });
}

async function untilAnswered(client: RawClient): Promise<number> {
  const begun = performance.now();
  const answers = async () => 'agents' in (await client.rpc('list', { limit: 1 }, 1_000));
  await eventually(answers, { timeoutMs: patientMs, what: 'an answer of a registry' });
  return performance.now() - begun;
}

async function reportedLost({ registries }: Network): Promise<number> {
  const pages = await Promise.all(registries.map((registry) => registry.metrics()));
  return pages.reduce((sum, page) => sum + Number(/^agentnet_registry_history_lost_total (\d+)/m.exec(page)?.[1]), 0);
}

type HistoryPart = Pick<Outcome, 'accepted' | 'inHistory' | 'lost' | 'invented' | 'wrongCounters'>;

async function compareHistory(client: RawClient, messages: MessageLoad): Promise<HistoryPart> {
  const { ids, wrongCounters } = await readHistory(client, messages.prefix, messages.accepted);
  const known = new Set(messages.accepted.map(({ message_id }) => message_id));
  return {
    accepted: messages.accepted.length,
    inHistory: ids.size,
    lost: messages.accepted.filter(({ message_id }) => !ids.has(message_id)).length,
    invented: [...ids].filter((id) => !known.has(id)).length,
    wrongCounters,
  };
}

type CallPart = Pick<Outcome, 'calls' | 'failedDuring' | 'failedOtherwise' | 'accountsLost'>;

async function compareCalls(client: RawClient, load: CallLoad): Promise<CallPart> {
  let accountsLost = 0;
  for (const [username, account_id] of load.accounts) {
    const reply = await client.rpc('resolve_account', { username });
    if (reply['account_id'] !== account_id) accountsLost += 1;
  }
  const { calls, failedDuring, failedOtherwise } = load;
  return { calls, failedDuring, failedOtherwise, accountsLost };
}
