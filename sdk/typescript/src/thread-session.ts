import type { CallOptions, ThreadStatusReply } from '@agentnet/protocol';
import type { AgentNode } from './agent-node.js';
import { type AskOptions, ask } from './conversation/ask.js';
import type { AskResult } from './conversation/ask-result.js';
import { type TellOptions, tell } from './conversation/tell.js';
import { makeUlid } from './conversation/ulid.js';
import type { Delivery } from './outbox/send.js';
import { requireSchema, requireText } from './require-option.js';
import { type AnswerStream, type AskStreamOptions, textPayload } from './streams/ask-stream.js';
import type { TextChunks } from './streams/pump-text.js';
import type { SentStream, StreamTextOptions } from './streams/stream-options.js';
import type { ThreadPage } from './threads/get-thread-messages.js';
import { type ThreadMessagePages, threadMessagePages } from './threads/thread-queries.js';

/** One conversation: whatever it sends and asks carries its thread id. It holds no connection and needs no closing. */
export class ThreadSession {
  /** The thread id. */
  readonly id: string;
  readonly #node: AgentNode;

  /**
   * @param node - Sends and asks; it must be on the network when the thread is used.
   * @param id - The conversation to go on with. Default: a new one, `thread_sdk_` and a ULID in lower case.
   * @throws {ValidationError} `invalid_option`
   */
  constructor(node: AgentNode, id = `thread_sdk_${makeUlid(Date.now())}`) {
    requireText('threadId', id);
    requireSchema('threadId', 'IdText', id);
    this.#node = node;
    this.id = id;
  }

  /** As `AgentSDK.askText`, in this thread. */
  askText(to: string, text: string, options: Omit<AskOptions, 'threadId'> = {}): Promise<AskResult> {
    return this.askJson(to, { text }, options);
  }

  /** As `AgentSDK.askJson`, in this thread. */
  askJson(to: string, payload: unknown, options: Omit<AskOptions, 'threadId'> = {}): Promise<AskResult> {
    return ask(this.#node, to, { ...options, payload, threadId: this.id });
  }

  /** As `AgentSDK.sendText`, in this thread. */
  sendText(to: string, text: string, options: Omit<TellOptions, 'threadId'> = {}): Promise<Delivery> {
    return this.sendJson(to, { text }, options);
  }

  /** As `AgentSDK.sendJson`, in this thread. */
  sendJson(to: string, payload: unknown, options: Omit<TellOptions, 'threadId'> = {}): Promise<Delivery> {
    return tell(this.#node, to, { ...options, payload, threadId: this.id });
  }

  /** As `AgentSDK.streamText`, in this thread. */
  streamText(to: string, chunks: TextChunks, options: Omit<StreamTextOptions, 'threadId'> = {}): Promise<SentStream> {
    return this.#node.streamText({ ...options, to, chunks, threadId: this.id });
  }

  /** As `AgentSDK.askStream`, in this thread. */
  askStream(to: string, payload: unknown, options: Omit<AskStreamOptions, 'payload' | 'threadId'> = {}): AnswerStream {
    return this.#node.askStream({ ...options, to, payload: textPayload(payload), threadId: this.id });
  }

  /** As `AgentSDK.getThreadMessages`: what was said here, newest first. The history lags the wire a little. */
  messages(page: ThreadPage = {}, options: CallOptions = {}): ThreadMessagePages {
    return threadMessagePages(this.#node, { ...page, threadId: this.id }, options);
  }

  /**
   * Size and state of this thread.
   *
   * @throws {AgentNetError} `not_found` before the first message is recorded; `registry_unavailable`, `request_timeout`, `cancelled`
   */
  async status(options: CallOptions = {}): Promise<ThreadStatusReply> {
    return this.#node.registry.threadStatus({ thread_id: this.id }, options);
  }
}
