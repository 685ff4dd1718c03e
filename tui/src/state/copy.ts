import { type Conversation, elapsedMs } from '../traffic/index.js';
import { chosenAgent } from './agents-state.js';
import type { AppState } from './app-state.js';
import { payloadOf } from './chat-payload.js';
import { currentRoom } from './chat-state.js';
import { shellQuote } from './shell-words.js';
import { chosenConversation } from './take-watch.js';
import { chosenThread } from './threads-state.js';
import { conversationOf } from './watch-state.js';

/** What `y` can copy of the thing that is chosen. */
export interface Copyable {
  readonly id: string;
  readonly json: string;
  /** The words of the equivalent command line, behind `agentnet`. */
  readonly command: readonly string[];
}

export function copyable(state: AppState): Copyable | undefined {
  switch (state.screen) {
    case 'watch':
      return ofConversation(state);
    case 'chat':
      return ofRoom(state);
    case 'threads':
      return ofThread(state);
    case 'agents':
      return ofAgent(state);
  }
}

/** A command line to paste into a shell. */
export function shellCommand({ command }: Copyable, server: string): string {
  return ['agentnet', ...command, '--nats-url', server].map(shellQuote).join(' ');
}

function ofConversation(state: AppState): Copyable | undefined {
  const { watch, nowMs } = state;
  const conversation = watch.open ? conversationOf(watch, watch.open.key) : chosenConversation(state);
  if (!conversation) return undefined;
  const threadId = threadOf(conversation);
  return {
    id: conversation.opening?.messageId ?? conversation.key,
    json: JSON.stringify({ ...conversation, elapsed_ms: elapsedMs(conversation, nowMs) }),
    command:
      threadId === undefined ? ['watch', `id:${conversation.key}`] : ['thread-messages', '--thread-id', threadId],
  };
}

export function threadOf({ opening, replies, receipts }: Conversation): string | undefined {
  return opening?.threadId ?? replies[0]?.threadId ?? receipts[0]?.threadId;
}

function ofRoom({ chat }: AppState): Copyable {
  const room = currentRoom(chat);
  const last = room.entries.findLast(({ sending }) => sending !== undefined);
  const { sending } = last ?? {};
  return {
    id: room.threadId,
    json: JSON.stringify({ thread_id: room.threadId, to: room.to, entries: room.entries }),
    command:
      last && sending
        ? [
            sending.wantsReply ? 'request' : 'send',
            ...targetFlags(sending.to),
            '--thread-id',
            room.threadId,
            '--idempotency-key',
            sending.key,
            JSON.stringify(payloadOf(last.text)),
          ]
        : ['thread-messages', '--thread-id', room.threadId],
  };
}

function targetFlags(to: string): string[] {
  if (to.startsWith('capability:')) return ['--to-capability', to.slice('capability:'.length)];
  if (to.startsWith('account:')) return ['--to-account', to.slice('account:'.length)];
  return to.startsWith('acct_') ? ['--to-account', to] : ['--to-username', to.replace(/^@/, '')];
}

function ofThread({ threads }: AppState): Copyable | undefined {
  const { open } = threads;
  const message = open?.messages[open.place];
  if (open) {
    const command = ['thread-messages', '--thread-id', open.threadId];
    return { id: message?.messageId ?? open.threadId, json: message?.json ?? '{}', command };
  }
  const thread = chosenThread(threads);
  return (
    thread && { id: thread.threadId, json: thread.json, command: ['thread-messages', '--thread-id', thread.threadId] }
  );
}

function ofAgent({ agents }: AppState): Copyable | undefined {
  const agent = agents.open?.profile ?? chosenAgent(agents);
  if (!agent) return undefined;
  const json = agents.open?.profile?.json ?? JSON.stringify(agent);
  return { id: agent.accountId, json, command: ['profile', '--account-id', agent.accountId] };
}
