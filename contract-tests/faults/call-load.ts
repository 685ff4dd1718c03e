import { setTimeout as pause } from 'node:timers/promises';
import { type RawClient, uniqueName } from '../harness/index.js';

/** Calls under way at any moment. */
const lanes = 4;
const pauseMs = 10;
const callTimeoutMs = 10_000;

/** Agents that register and resolve names without pause, one call at a time in each lane. */
export interface CallLoad {
  readonly calls: number;
  /** Failures of calls that were under way while something was broken. */
  readonly failedDuring: number;
  /** Failures and wrong answers of all other calls; there must be none. */
  readonly failedOtherwise: readonly string[];
  /** Names that were registered, with the account each got. */
  readonly accounts: ReadonlyMap<string, string>;
  /** Calls that are under way at any time of `fault` may fail. */
  disturb<T>(fault: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

interface Call {
  disturbed: boolean;
}

export function callRegistries(client: RawClient): CallLoad {
  const underWay = new Set<Call>();
  const accounts = new Map<string, string>();
  const failedOtherwise: string[] = [];
  let [calls, failedDuring, disturbances, stopped] = [0, 0, 0, false];
  const count = async (work: () => Promise<string | undefined>): Promise<void> => {
    const call: Call = { disturbed: disturbances > 0 };
    underWay.add(call);
    calls += 1;
    const failure = await work().catch((cause: unknown) => String(cause));
    underWay.delete(call);
    if (failure === undefined) return;
    if (call.disturbed) failedDuring += 1;
    else failedOtherwise.push(failure);
  };
  const lane = async (): Promise<void> => {
    while (!stopped) {
      const name = uniqueName();
      await count(() => register(client, name, accounts));
      await count(() => resolve(client, name, accounts));
      await pause(pauseMs);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  return {
    get calls() {
      return calls;
    },
    get failedDuring() {
      return failedDuring;
    },
    failedOtherwise,
    accounts,
    async disturb(fault) {
      disturbances += 1;
      for (const call of underWay) call.disturbed = true;
      try {
        return await fault();
      } finally {
        disturbances -= 1;
      }
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** What is wrong with the answer; undefined when nothing is. */
async function register(client: RawClient, name: string, accounts: Map<string, string>): Promise<string | undefined> {
  const { account_id, username, ...rest } = await client.rpc('register', { agent_id: name }, callTimeoutMs);
  if (typeof account_id !== 'string' || username !== name) return `register: ${JSON.stringify({ username, ...rest })}`;
  accounts.set(name, account_id);
  return undefined;
}

async function resolve(
  client: RawClient,
  name: string,
  accounts: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const wanted = accounts.get(name);
  if (wanted === undefined) return undefined;
  const reply = await client.rpc('resolve_account', { username: name }, callTimeoutMs);
  return reply['account_id'] === wanted ? undefined : `resolve_account of ${name}: ${JSON.stringify(reply)}`;
}
