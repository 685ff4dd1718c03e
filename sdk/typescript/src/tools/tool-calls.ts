import {
  type AgentRow,
  type CallOptions,
  type JsonValue,
  limits,
  type MessageRow,
  type ToolName,
} from '@agentnet/protocol';
import type { AgentNode } from '../agent-node.js';
import { ask } from '../conversation/ask.js';
import { tell } from '../conversation/tell.js';
import { profileRequest } from '../discovery/get-profile.js';
import type { ToolArguments } from './read-tool-call.js';

type ToolCall<N extends ToolName> = (
  node: AgentNode,
  args: ToolArguments[N],
  options: CallOptions,
) => Promise<JsonValue>;

/** What each tool does. The results are in the wire's words and leave out what a model has no use for. */
export const toolCalls: { readonly [N in ToolName]: ToolCall<N> } = {
  list_online: async ({ registry }, args, options) => {
    const { agents, next_cursor } = await registry.list(page(args), options);
    return { agents: agents.map(agentCard), ...more(next_cursor) };
  },
  search_agents: async ({ registry }, args, options) => {
    const { results, next_cursor } = await registry.search(page(args), options);
    return { agents: results, ...more(next_cursor) };
  },
  get_profile: async ({ registry }, { target }, options) =>
    (await registry.profile(profileRequest(target), options)).profile,
  ask: async (node, { to, text, thread_id }, options) => {
    const answer = await ask(node, to, { payload: { text }, ...inThread(thread_id), ...given(options) });
    const { accountId = null } = answer.from;
    return {
      text: answer.text,
      thread_id: answer.threadId,
      message_id: answer.messageId,
      from_account_id: accountId,
    };
  },
  send: async (node, { to, text, thread_id, until = 'accepted' }, { signal }) => {
    const { messageId, threadId, receipt } = await tell(node, to, {
      payload: { text },
      until,
      ...inThread(thread_id),
      ...given({ signal }),
    });
    return { message_id: messageId, thread_id: threadId, status: receipt?.status ?? null };
  },
  list_threads: async ({ registry }, args, options) => {
    const { results, next_cursor } = await registry.threadList(page(args), options);
    return { threads: results, ...more(next_cursor) };
  },
  thread_messages: async ({ registry }, args, options) => {
    const { messages, next_cursor } = await registry.threadMessages(page(args), options);
    return { messages: messages.map(messageCard), ...more(next_cursor) };
  },
  search_messages: async ({ registry }, args, options) => {
    const { messages, next_cursor } = await registry.messageSearch(page(args), options);
    return { messages: messages.map(messageCard), ...more(next_cursor) };
  },
};

/** The arguments as the registry is asked: bounded, and with an error for a cursor that the model made up. */
function page<A extends { limit?: number; cursor?: string }>(args: A): A & { limit: number; strict_cursor?: true } {
  const { limit = limits.toolPageLimitDefault } = args;
  return args.cursor === undefined ? { ...args, limit } : { ...args, limit, strict_cursor: true };
}

function more(cursor: string | null | undefined): { next_cursor?: string } {
  return cursor === undefined || cursor === null ? {} : { next_cursor: cursor };
}

function inThread(threadId: string | undefined): { threadId?: string } {
  return threadId === undefined ? {} : { threadId };
}

function given({ timeoutMs, signal }: CallOptions): { timeoutMs?: number; signal?: AbortSignal } {
  return { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) };
}

function agentCard({ username = '', name, capabilities, account_id = '', agent_id }: AgentRow): JsonValue {
  return { username, name, capabilities, account_id, agent_id };
}

function messageCard(row: MessageRow): JsonValue {
  const { message_id, thread_id, parent_message_id, from_account_id, to_account_id, kind, payload, sent_at } = row;
  return { message_id, thread_id, parent_message_id, from_account_id, to_account_id, kind, payload, sent_at };
}
