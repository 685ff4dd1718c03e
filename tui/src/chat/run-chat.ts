import { randomUUID } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import { is, ProtocolError } from '@agentnet/protocol';
import type { AgentNode } from '@agentnet/sdk';
import { type ExitCode, exitCodeOf, exitCodes } from '../output/exit-codes.js';
import { milliseconds } from '../output/milliseconds.js';
import { failureOf } from '../output/report-failure.js';
import type { Terminal } from '../output/terminal.js';
import { joinOperator } from '../session/join-operator.js';
import type { NetworkOptions } from '../session/network-options.js';
import { payloadText } from '../traffic/payload-text.js';
import { type TellChat, tellChatJson, tellChatText } from './chat-event.js';
import { chatHelp, readChatLine } from './read-line.js';

/** What `agentnet chat` does. */
export interface ChatOptions {
  network: NetworkOptions;
  environment: NodeJS.ProcessEnv;
  terminal: Terminal;
  input: NodeJS.ReadStream;
  /** `@name`, `account:<id>` or `capability:<name>`. */
  to: string;
  /** @default a new one */
  threadId?: string;
  ttlMs?: number;
  json: boolean;
}

interface Chat extends ChatOptions {
  node: AgentNode;
  tell: TellChat;
  threadId: string;
  /** Aborts when the chat is to end, also amid an answer. */
  stop: AbortSignal;
  /** The code of the first thing that went wrong. */
  exitCode: ExitCode;
}

const prompt = '› ';

/**
 * Talks with one target: each line is a message, and its answer is printed as it is made. Ends with the input, `/quit` or Ctrl-C.
 *
 * @returns The exit code: of the first failed message when the lines came from a pipe.
 * @throws {AgentNetError} what joining fails with
 */
export async function runChat(options: ChatOptions): Promise<ExitCode> {
  const { network, environment, terminal, to, json } = options;
  const threadId = options.threadId ?? newThread();
  requireThread(threadId);
  const tell = (json ? tellChatJson : tellChatText)(terminal);
  const node = await joinOperator(network, {
    environment,
    maxReconnectAttempts: -1,
    onMessage: ({ thread_id, from_account_id = null, from_agent = null, payload }) =>
      tell({ event: 'message', thread_id, from_account_id, from_agent, text: payloadText(payload) }),
  });
  const stop = AbortSignal.any([network.wait.signal, terminal.closed]);
  const chat: Chat = { ...options, node, tell, threadId, stop, exitCode: exitCodes.ok };
  tell({ event: 'joined', username: node.username, account_id: node.accountId, to, thread_id: threadId });
  try {
    await converse(chat);
  } finally {
    await node.close();
  }
  return options.input.isTTY ? exitCodes.ok : chat.exitCode;
}

async function converse(chat: Chat): Promise<void> {
  const { input, stop, terminal } = chat;
  const isTyped = input.isTTY === true && terminal.isWatched;
  const lines = createInterface({ input, ...(isTyped ? { output: process.stderr, prompt } : {}), terminal: isTyped });
  const answering: { cancel: AbortController | undefined } = { cancel: undefined };
  // A terminal in line mode sends no signal. The first Ctrl-C gives up the answer, one without an answer ends the chat.
  lines.on('SIGINT', () => (answering.cancel ? answering.cancel.abort() : lines.close()));
  const end = () => lines.close();
  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) end();
  try {
    if (isTyped) lines.prompt();
    for await (const line of lines) {
      if (stop.aborted) return;
      answering.cancel = new AbortController();
      const goesOn = await take(line, chat, AbortSignal.any([stop, answering.cancel.signal]));
      answering.cancel = undefined;
      if (!goesOn || stop.aborted) return;
      if (isTyped) promptUnlessClosed(lines);
    }
  } finally {
    stop.removeEventListener('abort', end);
    lines.close();
  }
}

function promptUnlessClosed(lines: Interface & { closed?: boolean }): void {
  if (!lines.closed) lines.prompt();
}

/** @returns whether the chat goes on */
async function take(line: string, chat: Chat, signal: AbortSignal): Promise<boolean> {
  const { tell, terminal, json } = chat;
  const typed = readChatLine(line);
  switch (typed.kind) {
    case 'say':
      await say(typed.text, chat, signal);
      break;
    case 'thread':
      if (typed.threadId === undefined || isThread(typed.threadId)) chat.threadId = typed.threadId ?? newThread();
      else fail(chat, new ProtocolError('invalid_option', 'a thread id is 1 to 256 characters'));
      tell({ event: 'thread', thread_id: chat.threadId });
      break;
    case 'showthread':
      tell({ event: 'thread', thread_id: chat.threadId });
      break;
    case 'help':
      if (!json) terminal.warn(chatHelp);
      break;
    case 'unknown':
      fail(chat, new ProtocolError('invalid_option', `there is no command ${typed.command}; /help shows them`));
      break;
    case 'quit':
      return false;
    case 'nothing':
  }
  return true;
}

async function say(text: string, chat: Chat, signal: AbortSignal): Promise<void> {
  const { node, to, threadId, tell, network, ttlMs } = chat;
  const startedAt = performance.now();
  tell({ event: 'sent', thread_id: threadId, text });
  try {
    const { timeoutMs } = network.wait;
    const answer = node.askStream({
      to,
      payload: { text },
      threadId,
      signal,
      ...(timeoutMs === undefined ? {} : { idleTimeoutMs: timeoutMs }),
      ...(ttlMs === undefined ? {} : { ttlMs }),
    });
    // Whoever reads the deltas hears of a failure there.
    answer.text.catch(() => undefined);
    for await (const delta of answer) tell({ event: 'delta', thread_id: threadId, text: delta });
    const ms = milliseconds(performance.now() - startedAt);
    tell({ event: 'reply', thread_id: threadId, text: await answer.text, ms });
  } catch (cause) {
    // The chat itself was ended; that is no failure of the message.
    if (!chat.stop.aborted) fail(chat, cause);
  }
}

function fail(chat: Chat, cause: unknown): void {
  const error = failureOf(cause);
  chat.tell({ event: 'error', thread_id: chat.threadId, error });
  if (chat.exitCode === exitCodes.ok) chat.exitCode = exitCodeOf(error.code);
}

function newThread(): string {
  return `thread_${randomUUID().replaceAll('-', '')}`;
}

function isThread(threadId: string): boolean {
  return is('IdText', threadId) && threadId.trim() !== '';
}

function requireThread(threadId: string): void {
  if (!isThread(threadId)) throw new ProtocolError('invalid_option', '--thread-id must be 1 to 256 characters');
}
