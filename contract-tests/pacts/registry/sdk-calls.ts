import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JsonObject, RegistryClient, type RpcMessages, type RpcName } from '@agentnet/protocol';
import {
  AgentNode,
  getProfile,
  getRegistryMetrics,
  getThreadMessages,
  getThreadStatus,
  listOnlineAgents,
  listThreads,
  resolveAccount,
  searchAgents,
  searchMessages,
} from '@agentnet/sdk';
import { connect, natsTransport, toAgentNetError } from '@agentnet/sdk/transport';
import { keyOf, writeKeyFile } from '../keys.js';

/** How the TypeScript SDK asks one thing, and what it makes of the answer. */
interface SdkCall<R extends RpcName> {
  ask(url: string, request: RpcMessages[R]['request'], isSigned: boolean): Promise<unknown>;
  /** What a caller gets for this reply. */
  result(reply: RpcMessages[R]['reply']): unknown;
}

const whole = (reply: unknown): unknown => reply;

export const sdkCalls: { readonly [R in RpcName]: SdkCall<R> } = {
  register: {
    ask: (url, request, isSigned) =>
      withAgent({ url, request, isSigned }, async ({ accountId, username, sessionTag }) => ({
        accountId,
        username,
        sessionTag,
      })),
    result: ({ account_id, username, session_tag }) => ({ accountId: account_id, username, sessionTag: session_tag }),
  },
  list: { ask: (url) => listOnlineAgents(url), result: ({ agents }) => agents },
  resolve_account: {
    ask: (url, { username }) => resolveAccount(url, username),
    result: ({ account_id }) => account_id,
  },
  resolve_key: { ask: resolveKey, result: whole },
  rotate_key: {
    ask: (url) => withAgent({ url, isSigned: true }, (node) => node.rotateKey()),
    result: ({ public_key, previous_public_key, previous_valid_until }) => ({
      publicKey: public_key,
      previousPublicKey: previous_public_key,
      previousValidUntil: previous_valid_until,
    }),
  },
  revoke_key: {
    ask: (url, { public_key }) =>
      withAgent({ url, isSigned: true }, (node) =>
        node.revokeKey(public_key === keyOf('weather').publicKey ? {} : { publicKey: public_key }),
      ),
    result: () => undefined,
  },
  search: {
    ask: (url, { query, capability, online_only, limit, cursor }) =>
      searchAgents(url, given({ query, capability, onlineOnly: online_only, limit, cursor })),
    result: whole,
  },
  profile: {
    ask: (url, { account_id, username }) =>
      getProfile(url, account_id ? `account:${account_id}` : `username:${username}`),
    result: ({ profile }) => profile,
  },
  thread_status: { ask: (url, { thread_id }) => getThreadStatus(url, thread_id), result: whole },
  thread_list: {
    ask: (url, { query, participant_account_id, participant_username, limit, cursor }) =>
      listThreads(
        url,
        given({
          query,
          participantAccountId: participant_account_id,
          participantUsername: participant_username,
          limit,
          cursor,
        }),
      ),
    result: whole,
  },
  thread_messages: {
    ask: (url, { thread_id, limit, cursor }) => getThreadMessages(url, thread_id, given({ limit, cursor })),
    result: whole,
  },
  message_search: {
    ask: (url, { thread_id, from_account_id, to_account_id, kind, from_ts, to_ts, limit, cursor }) =>
      searchMessages(
        url,
        given({
          threadId: thread_id,
          fromAccountId: from_account_id,
          toAccountId: to_account_id,
          kind,
          fromTs: from_ts,
          toTs: to_ts,
          limit,
          cursor,
        }),
      ),
    result: whole,
  },
  metrics: { ask: (url) => getRegistryMetrics(url), result: whole },
};

interface Joining {
  readonly url: string;
  readonly isSigned: boolean;
  readonly request?: RpcMessages['register']['request'];
}

const weather = { agent_id: 'weather', name: 'Weather', account_id: 'acct_weather', username: 'weather' };

/** What an agent does once it has joined. */
async function withAgent<T>(
  { url, request = weather, isSigned }: Joining,
  use: (node: AgentNode) => Promise<T>,
): Promise<T> {
  const keyDir = await mkdtemp(join(tmpdir(), 'agentnet-pact-keys-'));
  await writeKeyFile(keyDir, 'weather.json', 'weather');
  await writeKeyFile(keyDir, 'weather.json.next', 'next');
  if (request !== weather) await rm(join(keyDir, 'weather.json.next'));
  const { agent_id, name, capabilities, metadata, account_id, username } = request;
  const node = new AgentNode({
    agentId: agent_id,
    natsUrl: url,
    auth: { enabled: isSigned, keyDir },
    onError: () => undefined,
    ...given({ name, capabilities, metadata: metadata as JsonObject | undefined, accountId: account_id, username }),
  });
  try {
    await node.start();
    return await use(node);
  } finally {
    await node.close();
    await rm(keyDir, { recursive: true, force: true });
  }
}

/** The question that the key ring of an agent asks. */
async function resolveKey(url: string, request: RpcMessages['resolve_key']['request']): Promise<unknown> {
  const connection = await connect({ url });
  try {
    return await new RegistryClient(natsTransport(connection)).resolveKey(request);
  } catch (cause) {
    throw toAgentNetError(cause);
  } finally {
    await connection.close();
  }
}

type Given<T> = { [K in keyof T]?: NonNullable<T[K]> };

function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as Given<T>;
}
