import type { AgentRow, CallOptions, JsonObject, MetricsReply, Profile, ThreadStatusReply } from '@agentnet/protocol';
import { AgentNode } from './agent-node.js';
import type { BlobReference } from './blobs/blob-reference.js';
import { Blobs, type BlobsOptions, type StoreBlobOptions } from './blobs/blobs.js';
import type { BlobIdOrRef, GetBlobOptions } from './blobs/get-blob.js';
import { sendBlobRef } from './blobs/send-blob-ref.js';
import { type AskOptions, ask } from './conversation/ask.js';
import type { AskResult } from './conversation/ask-result.js';
import { type TellOptions, tell } from './conversation/tell.js';
import { type AgentPages, agentPages } from './discovery/agent-pages.js';
import { profileRequest } from './discovery/get-profile.js';
import { collectOnline } from './discovery/list-online-agents.js';
import type { AgentQuery } from './discovery/search-agents.js';
import type { MessageHandler } from './inbox/run-handler.js';
import type { StartOptions } from './join-within.js';
import type { MetricsSnapshot } from './metrics/snapshot.js';
import type { AgentNodeOptions } from './options.js';
import { capabilityOf, capabilityTarget, parseTarget } from './outbox/resolve-target.js';
import type { Delivery } from './outbox/send.js';
import type { ReceivedMessage } from './received-message.js';
import { type AnswerStream, type AskStreamOptions, textPayload } from './streams/ask-stream.js';
import type { TextChunks } from './streams/pump-text.js';
import type { SentStream, StreamTextOptions } from './streams/stream-options.js';
import { ThreadSession } from './thread-session.js';
import type { ThreadPage } from './threads/get-thread-messages.js';
import type { ThreadQuery } from './threads/list-threads.js';
import type { MessageQuery } from './threads/search-messages.js';
import {
  type MessagePages,
  messagePages,
  type ThreadMessagePages,
  type ThreadPages,
  threadMessagePages,
  threadPages,
} from './threads/thread-queries.js';
import { callTool, type ToolResult } from './tools/call-tool.js';
import { type ToolDefinition, type ToolFormat, toolDefinitions } from './tools/tool-definitions.js';

/** Where a target text leads. */
export type ResolvedTarget = { readonly accountId: string } | { readonly capability: string };

/** An agent's options, and where it keeps blobs. */
export interface AgentSDKOptions extends AgentNodeOptions {
  /** Folder and preferred storage of blobs; the object store is that of `natsUrl`. */
  blobs?: Omit<BlobsOptions, 'natsUrl' | 'tls'>;
}

/**
 * The agent-friendly face of the network: texts and JSON values in, typed results out, errors thrown by code. Everything it does not offer is at `node`.
 *
 * A target is `account:<id>`, `acct_…`, `username:<name>`, `@name`, a bare name, or `capability:<name>` for any agent that offers it.
 */
export class AgentSDK {
  /** The agent underneath. */
  readonly node: AgentNode;
  readonly #blobs: Blobs;

  /** @throws {ValidationError} `invalid_option` for values out of range and unknown names */
  constructor(options: AgentSDKOptions) {
    const { blobs = {}, ...ofNode } = { ...options };
    this.node = new AgentNode(ofNode);
    const { natsUrl, connection: { tls } = {} } = ofNode;
    this.#blobs = new Blobs({
      ...blobs,
      ...(natsUrl === undefined ? {} : { natsUrl }),
      ...(tls === undefined ? {} : { tls }),
    });
  }

  /**
   * Makes one and joins: `await using sdk = await AgentSDK.open({ ... })`, or close it yourself.
   *
   * @throws {AgentNetError} as the constructor and `start`
   */
  static async open(options: AgentSDKOptions, start: StartOptions = {}): Promise<AgentSDK> {
    const sdk = new AgentSDK(options);
    await sdk.start(start);
    return sdk;
  }

  /** As `AgentNode.onMessage`: without a handler this agent asks and is not asked. Call it before `start()`. */
  onMessage(handler: MessageHandler): void {
    this.node.onMessage(handler);
  }

  /** As `AgentNode.start`. */
  start(options: StartOptions = {}): Promise<void> {
    return this.node.start(options);
  }

  /** As `AgentNode.close`; also disconnects from the object store. */
  async close(): Promise<void> {
    try {
      // Handlers that are still running may need their blobs.
      await this.node.close();
    } finally {
      await this.#blobs.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Everybody who is online, one row per session, by agent id. @throws {AgentNetError} `registry_unavailable`, `request_timeout`, `cancelled` */
  async listOnline(options: CallOptions = {}): Promise<AgentRow[]> {
    return collectOnline(this.node.registry, options);
  }

  /**
   * One account with its online sessions.
   *
   * @param target - Any target but a capability.
   * @throws {AgentNetError} `not_found`, `invalid_target`, `registry_unavailable`, `request_timeout`, `cancelled`
   */
  async getProfile(target: string, options: CallOptions = {}): Promise<Profile> {
    const { profile } = await this.node.registry.profile(profileRequest(target), options);
    return profile;
  }

  /** Accounts found, those with most online sessions first. Await it for one page, `for await` it for all. @throws {AgentNetError} as `searchAgents` */
  search(query: AgentQuery = {}, options: CallOptions = {}): AgentPages {
    return agentPages(this.node, query, options);
  }

  /**
   * Where a target leads; a username costs one registry call, remembered for `resolveCacheTtlMs`.
   *
   * @throws {AgentNetError} `invalid_target`, `not_found`, `registry_unavailable`, `request_timeout`, `cancelled`
   */
  async resolveTarget(to: string, { signal }: { signal?: AbortSignal } = {}): Promise<ResolvedTarget> {
    const capability = capabilityOf(to);
    if (capability !== undefined) {
      capabilityTarget(capability);
      return { capability };
    }
    const named = parseTarget(to);
    return 'accountId' in named
      ? named
      : { accountId: await this.node.resolveUsername(named.username, signal ? { signal } : {}) };
  }

  /**
   * Asks with `{ text }` and waits up to 60 s for the answer.
   *
   * @throws {AgentNetError} as `askJson`
   */
  askText(to: string, text: string, options: AskOptions = {}): Promise<AskResult> {
    return this.askJson(to, { text }, options);
  }

  /**
   * Asks with any JSON value and waits up to 60 s for the answer. Nothing is sent again.
   *
   * @throws {AgentNetError} `request_timeout`, `recipient_offline`, `invalid_target`, `not_found`, `invalid_payload`, `message_too_large`,
   * `cancelled`; an error reply's code: `busy` (also for `shutting_down`), `expired` (also for `missing_ttl`), `rate_limited`, `timeout`,
   * `service_degraded`, `duplicate`, `handler_error`, ... The code on the wire is `remoteCode`.
   */
  askJson(to: string, payload: unknown, options: AskOptions = {}): Promise<AskResult> {
    return ask(this.node, to, { ...options, payload });
  }

  /** Sends `{ text }`. @throws {AgentNetError} as `sendJson` */
  sendText(to: string, text: string, options: TellOptions = {}): Promise<Delivery> {
    return this.sendJson(to, { text }, options);
  }

  /**
   * Sends any JSON value; returns when the receiver has queued it, with `until: 'processed'` when it has handled it.
   *
   * @throws {AgentNetError} as `AgentNode.send`
   */
  sendJson(to: string, payload: unknown, options: TellOptions = {}): Promise<Delivery> {
    return tell(this.node, to, { ...options, payload });
  }

  /**
   * Sends text to one account while it is being made, as few messages as its rate limit allows; the last one has the whole text.
   *
   * @param chunks - The text in pieces of any size, read only as fast as it can be sent.
   * @throws {AgentNetError} `cancelled`, `stream_source_failed`, `invalid_target` for a capability, and what `send` fails with
   */
  streamText(to: string, chunks: TextChunks, options: StreamTextOptions = {}): Promise<SentStream> {
    return this.node.streamText({ ...options, to, chunks });
  }

  /**
   * Asks and gives the answer while it is being made: `for await (const delta of sdk.askStream('@poet', 'a poem'))`.
   *
   * @param payload - Any JSON value; a text is sent as `{ text }`.
   * @throws {AgentNetError} while iterating, as `AgentNode.askStream`
   */
  askStream(to: string, payload: unknown, options: Omit<AskStreamOptions, 'payload'> = {}): AnswerStream {
    return this.node.askStream({ ...options, to, payload: textPayload(payload) });
  }

  /** As `AgentNode.reply`. */
  reply(message: ReceivedMessage, payload: unknown): Promise<void> {
    return this.node.reply(message, payload);
  }

  /** A conversation. @param id - Default: a new one, `thread_sdk_<ulid>`. @throws {ValidationError} `invalid_option` */
  thread(id?: string): ThreadSession {
    return new ThreadSession(this.node, id);
  }

  /** Threads, newest activity first. Await it for one page, `for await` it for all. @throws {AgentNetError} as the function `listThreads` */
  listThreads(query: ThreadQuery = {}, options: CallOptions = {}): ThreadPages {
    return threadPages(this.node, query, options);
  }

  /** Messages of one thread, newest first. Await it for one page, `for await` it for all. @throws {AgentNetError} as the function `getThreadMessages` */
  getThreadMessages(threadId: string, page: ThreadPage = {}, options: CallOptions = {}): ThreadMessagePages {
    return threadMessagePages(this.node, { ...page, threadId }, options);
  }

  /** Messages of all threads, newest first. Await it for one page, `for await` it for all. @throws {AgentNetError} as the function `searchMessages` */
  searchMessages(query: MessageQuery = {}, options: CallOptions = {}): MessagePages {
    return messagePages(this.node, query, options);
  }

  /** Size and state of one thread. @throws {AgentNetError} `not_found`, `registry_unavailable`, `request_timeout`, `cancelled` */
  async threadStatus(threadId: string, options: CallOptions = {}): Promise<ThreadStatusReply> {
    return this.node.registry.threadStatus({ thread_id: threadId }, options);
  }

  /** Stores bytes and returns the reference to send. @throws {AgentNetError} as the function `putBlobBytes` */
  putBlobBytes(bytes: Uint8Array, options: StoreBlobOptions = {}): Promise<BlobReference> {
    return this.#blobs.putBlobBytes(bytes, options);
  }

  /** Stores a file without holding it in memory. @throws {AgentNetError} as the function `putBlobFile` */
  putBlobFile(path: string, options: StoreBlobOptions = {}): Promise<BlobReference> {
    return this.#blobs.putBlobFile(path, options);
  }

  /** The verified bytes of a blob, from the store its reference names. @throws {AgentNetError} as the function `getBlobBytes` */
  getBlobBytes(blob: BlobIdOrRef, options: GetBlobOptions = {}): Promise<Uint8Array> {
    return this.#blobs.getBlobBytes(blob, options);
  }

  /** As `getBlobBytes`, decoded from UTF-8. @throws {AgentNetError} as the function `getBlobText` */
  getBlobText(blob: BlobIdOrRef, options: GetBlobOptions = {}): Promise<string> {
    return this.#blobs.getBlobText(blob, options);
  }

  /** Writes a verified blob to `path`, all at once. @throws {AgentNetError} as the function `getBlobFile` */
  getBlobFile(blob: BlobIdOrRef, path: string, options: GetBlobOptions = {}): Promise<BlobReference> {
    return this.#blobs.getBlobFile(blob, path, options);
  }

  /** What is on record about a blob. @throws {AgentNetError} as the function `headBlob` */
  headBlob(blob: BlobIdOrRef): Promise<BlobReference> {
    return this.#blobs.headBlob(blob);
  }

  /** Sends a reference; the bytes stay in their store. @throws {AgentNetError} as the function `sendBlobRef` */
  sendBlobRef(to: string, reference: BlobReference, options: TellOptions = {}): Promise<Delivery> {
    return sendBlobRef(this.node, to, reference, options);
  }

  /** Counters of the registry process that answers. @throws {AgentNetError} `registry_unavailable`, `request_timeout`, `cancelled` */
  async metrics(options: CallOptions = {}): Promise<MetricsReply> {
    return this.node.registry.metrics({}, options);
  }

  /** Counters and latencies of this agent. */
  metricsSnapshot(): MetricsSnapshot {
    return this.node.metricsSnapshot();
  }

  /**
   * The calls a language model may make, as its API wants them declared.
   *
   * @throws {ValidationError} `invalid_option` for another format
   * @see spec `x-tools`
   */
  toolDefinitions<F extends ToolFormat>(format: F): ToolDefinition<F>[] {
    return toolDefinitions(format);
  }

  /**
   * Makes the call a language model asked for.
   *
   * @param name - One of `toolDefinitions`.
   * @param args - The arguments as an object, or as the JSON text some APIs give.
   * @returns The result, or the error as the model should read it: unknown names, wrong arguments and failed calls do not throw.
   */
  callTool(name: string, args: JsonObject | string = {}, options: CallOptions = {}): Promise<ToolResult> {
    return callTool(this.node, { name, args }, options);
  }
}
