import type { JsonValue, Message } from '@agentnet/protocol';
import type { Feature } from '../core/scenario.js';

/** What a peer does with a message that reaches its handler. The document says each in words. */
export type Handling =
  | { how: 'note' }
  | { how: 'echo' }
  | { how: 'reply'; payload: JsonValue; next?: Handling }
  | { how: 'fail' }
  | { how: 'time_out' }
  | { how: 'cancel' }
  | { how: 'stream'; pieces: string[] }
  | { how: 'hold'; next?: Handling };

/** How an agent joins. Times are milliseconds; what is absent has the implementation's default. */
export interface JoinOptions {
  agent_id?: string;
  name?: string;
  username?: string;
  account_id?: string;
  capabilities?: string[];
  metadata?: Record<string, JsonValue>;
  /** Null joins without a message handler. */
  handle?: Handling | null;
  /** Joins this whole streams and reports each as `streamed` instead of handling its messages. */
  join_streams?: boolean;
  nats_url?: string;
  /** Signs and verifies, with key files in this folder. */
  key_dir?: string;
  /** Takes and makes `ed25519-v2` signatures only. */
  auth_require?: 'v2';
  /** Folder of the file store of blobs. */
  blob_root?: string;
  receipt_timeout_ms?: number;
  retry_attempts?: number;
  work_timeout_ms?: number;
  drain_timeout_ms?: number;
  dedupe_ttl_ms?: number;
  max_concurrency?: number;
  max_pending?: number;
  /** Null turns the limit off. */
  rate_limit_per_second?: number | null;
  rate_limit_burst?: number;
  breaker_failures?: number;
  breaker_reset_ms?: number;
  shared_dedupe?: 'off' | 'keyed' | 'all';
  default_ttl_ms?: number;
  connect_timeout_ms?: number;
}

/** What a message is sent with. */
export interface Sending {
  payload?: JsonValue;
  /** The payload as JSON text, for values a parser would change. */
  payload_text?: string;
  thread_id?: string;
  trace_id?: string;
  parent_message_id?: string;
  idempotency_key?: string;
  ttl_ms?: number;
}

export type Wait = 'none' | 'accepted' | 'processed';

/** One line on a peer's stdin, less its `id`. */
export type PeerCommand =
  | ({ do: 'join' } & JoinOptions)
  | ({ do: 'handle' } & { handling: Handling })
  | { do: 'release' }
  | { do: 'sync' }
  | ({ do: 'send'; to?: string; capability?: string; wait?: Wait; processed_timeout_ms?: number } & Sending)
  | ({ do: 'ask'; to?: string; capability?: string; timeout_ms?: number } & Sending)
  | { do: 'stream'; to: string; pieces: string[]; fail?: boolean; thread_id?: string }
  | ({ do: 'ask_stream'; to: string } & Sending)
  | { do: 'blob_put'; bytes: string; mime_type?: string; filename?: string; blob_id?: string; storage?: string }
  | { do: 'blob_get'; blob: string | Record<string, JsonValue>; storage?: string }
  | { do: 'leave' }
  | { do: 'crash' };

/** One line on a peer's stdout. `re` is the `id` of the command it answers. */
export type Observation =
  | { saw: 'hello'; protocol: number; peer: string; features: Feature[] }
  | { saw: 'joined'; re: number; account_id: string; username: string; session_tag: string }
  | { saw: 'done'; re: number }
  | { saw: 'received'; message: Message }
  | { saw: 'cancelled'; message_id: string }
  | { saw: 'streamed'; stream_id: string; text?: string; code?: string }
  | { saw: 'sent'; re: number; message_id: string }
  | { saw: 'reply'; re: number; message: Message }
  | { saw: 'delta'; re: number; text: string }
  | { saw: 'answer'; re: number; text: string }
  | { saw: 'blob'; re: number; reference: Record<string, JsonValue> }
  | { saw: 'bytes'; re: number; bytes: string }
  | { saw: 'left'; re: number }
  | { saw: 'error'; re: number; code: string; detail?: string; remote_code?: string; remote_detail?: string }
  | { saw: 'note'; text: string };

export type ObservationOf<S extends Observation['saw']> = Extract<Observation, { saw: S }>;
