export type {
  AgentRow,
  CallOptions,
  DeliveryStage,
  ErrorCode,
  JsonObject,
  JsonValue,
  MessageKind,
  MessageRow,
  MetricsReply,
  Profile,
  Receipt,
  SearchResult,
  ThreadRow,
  ThreadStatusReply,
  ToolName,
} from '@agentnet/protocol';
export { AgentNode } from './agent-node.js';
export { AgentSDK, type AgentSDKOptions, type ResolvedTarget } from './agent-sdk.js';
export { type Address, AgentWrapper } from './agent-wrapper.js';
export type { BlobReference } from './blobs/blob-reference.js';
export type { BlobDraft, BlobStore, StoredBlob } from './blobs/blob-store.js';
export { Blobs, type BlobsOptions, type StoreBlobOptions } from './blobs/blobs.js';
export {
  type BlobIdOrRef,
  deleteBlob,
  type GetBlobOptions,
  getBlobBytes,
  getBlobFile,
  getBlobText,
  headBlob,
} from './blobs/get-blob.js';
export { LocalFsStore } from './blobs/local-fs-store.js';
export type { BlobProgress, TransferOptions } from './blobs/meter-blob.js';
export { NatsObjectStore, type NatsObjectStoreOptions } from './blobs/nats-object-store.js';
export { type PutBlobOptions, putBlobBytes, putBlobFile } from './blobs/put-blob.js';
export { readBlobRef } from './blobs/read-blob-ref.js';
export { sendBlobRef } from './blobs/send-blob-ref.js';
export { type Clock, systemClock } from './clock.js';
export type { TlsOptions } from './connection/tls-options.js';
export type { AskOptions } from './conversation/ask.js';
export type { AskedAgent, AskResult } from './conversation/ask-result.js';
export type { TellOptions } from './conversation/tell.js';
export type { AgentPages } from './discovery/agent-pages.js';
export type { OneShotOptions } from './discovery/ask-registry.js';
export { getProfile } from './discovery/get-profile.js';
export { getRegistryMetrics } from './discovery/get-registry-metrics.js';
export { listOnlineAgents } from './discovery/list-online-agents.js';
export { resolveAccount } from './discovery/resolve-account.js';
export { type AgentQuery, searchAgents } from './discovery/search-agents.js';
export { AgentNetError, RemoteError, type RemoteErrorOptions, TransportError, ValidationError } from './errors.js';
export type { AgentEvents, EventListener } from './events.js';
export type { InboxOptions } from './inbox/inbox-options.js';
export type { HandlerContext, MessageHandler } from './inbox/run-handler.js';
export type { StartOptions } from './join-within.js';
export type { LatencySummary } from './metrics/latency-window.js';
export type { MetricsSnapshot } from './metrics/snapshot.js';
export type { AgentNodeOptions, AuthOptions, HeartbeatOptions, NodeConnectionOptions } from './options.js';
export type { Forged } from './outbox/forged.js';
export type { RetryOptions } from './outbox/retry-options.js';
export type { Delivery } from './outbox/send.js';
export type { MessageOptions, RequestOptions, SendOptions } from './outbox/send-options.js';
export { type PageSource, Pages } from './pages.js';
export type { KeyRotation } from './presence/change-key.js';
export type { ReceivedMessage } from './received-message.js';
export type { AnswerStream, AskStreamOptions } from './streams/ask-stream.js';
export type { TextChunks } from './streams/pump-text.js';
export { type ReceivedStream, StreamAssembler, type StreamAssemblerOptions } from './streams/stream-assembler.js';
export { readStreamEvent, type StreamEvent } from './streams/stream-event.js';
export { type StreamHandlerOptions, streamHandler } from './streams/stream-handler.js';
export type { StreamBounds } from './streams/stream-join.js';
export type { SentStream, StreamOptions, StreamTextOptions } from './streams/stream-options.js';
export type { StreamDescription } from './streams/stream-writer.js';
export { ThreadSession } from './thread-session.js';
export { getThreadMessages, type ThreadPage } from './threads/get-thread-messages.js';
export { getThreadStatus } from './threads/get-thread-status.js';
export { listThreads, type ThreadQuery } from './threads/list-threads.js';
export { findMessages, type MessageQuery, searchMessages } from './threads/search-messages.js';
export type { MessagePages, ThreadMessagePages, ThreadPages } from './threads/thread-queries.js';
export type { ToolError, ToolResult } from './tools/call-tool.js';
export type { AnthropicTool, OpenAiTool, ToolDefinition, ToolFormat } from './tools/tool-definitions.js';
