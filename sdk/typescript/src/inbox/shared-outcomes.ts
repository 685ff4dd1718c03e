import { createHash } from 'node:crypto';
import {
  buckets,
  type DedupeEntry,
  decodeJson,
  encodeJson,
  limits,
  nowTimestamp,
  parseInstant,
} from '@agentnet/protocol';
import { JetStreamApiError, jetstream } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Clock } from '../clock.js';
import { toAgentNetError } from '../connection/to-agentnet-error.js';
import type { AgentNetError } from '../errors.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Incoming } from './inbox.js';
import type { ResolvedInboxOptions } from './inbox-options.js';
import { payloadDigest, scopeOf } from './outcomes.js';

/** A message this session took for its account. */
export interface Claim {
  readonly name: string;
  readonly revision: number;
  readonly entry: DedupeEntry;
}

/** A message that a session of the account took before. */
export interface Elsewhere {
  readonly name: string;
  readonly entry: DedupeEntry;
}

/** Who shares, and how. */
export interface SharingSession {
  readonly accountId: string;
  readonly sessionTag: string;
  readonly options: ResolvedInboxOptions;
  readonly clock: Clock;
  /** The bucket is missing or silent: this session decides by what it knows itself. */
  onDegraded(error: AgentNetError): void;
}

/** The latest instant a timestamp can write. */
const lastEpochMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** The server's refusal of a write that is not based on the last revision. */
const staleRevision: ReadonlySet<number> = new Set([10071, 10164]);

/** What the sessions of one account have taken, in a bucket of the NATS server. Spec: bucket `dedupe`, schema `DedupeEntry`. */
export class SharedOutcomes {
  readonly #connection: NatsConnection;
  readonly #session: SharingSession;
  #bucket: Promise<KV | undefined> | undefined;
  #followed = 0;

  constructor(connection: NatsConnection, session: SharingSession) {
    this.#connection = connection;
    this.#session = session;
  }

  /** The server may have changed, so look for the bucket again. */
  reconnected(): void {
    this.#bucket = undefined;
  }

  /** The message's name in the bucket; undefined when it is not shared. */
  nameOf(message: ReceivedMessage): string | undefined {
    const { sharedDedupe, dedupeTtlMs } = this.#session.options;
    if (sharedDedupe === 'off' || dedupeTtlMs === 0) return undefined;
    const { idempotency_key: key, message_id: id } = message;
    if (key === undefined && (sharedDedupe === 'keyed' || id === '')) return undefined;
    const parts = [scopeOf(message), ...(key === undefined ? ['id', id] : ['key', key])];
    return `${this.#session.accountId}.${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;
  }

  /** Takes the message for this session, unless another one has; undefined when the bucket cannot say. */
  async claim(name: string, incoming: Incoming): Promise<Claim | Elsewhere | undefined> {
    return this.#withBucket(async (bucket) => {
      const entry = this.#entryOf(incoming);
      const body = encodeJson(entry);
      const revision = await unlessStale(bucket.create(name, body));
      if (revision !== undefined) return { name, revision, entry };
      const found = await bucket.get(name);
      const earlier = entryIn(found);
      if (!found || !earlier) return undefined;
      if (!this.#isOver(earlier)) return { name, entry: earlier };
      const taken = await unlessStale(bucket.update(name, body, found.revision));
      return taken === undefined ? { name, entry: earlier } : { name, revision: taken, entry };
    });
  }

  /** Whether a session has taken the message. */
  async find(name: string): Promise<Elsewhere | undefined> {
    return this.#withBucket(async (bucket) => {
      const entry = entryIn(await bucket.get(name));
      return entry && !this.#isOver(entry) ? { name, entry } : undefined;
    });
  }

  /** Tells the other sessions that the message was handled, and with which reply. */
  async finish({ name, entry, revision }: Claim, replyPayload: string | undefined): Promise<void> {
    const done: DedupeEntry = { ...entry, processed: true };
    if (replyPayload !== undefined) done.reply_payload = replyPayload;
    await this.#withBucket((bucket) => unlessStale(bucket.update(name, encodeJson(done), revision)));
  }

  /** Gives a message back whose handling failed, so that any session runs the sender's retry. */
  async release({ name, revision }: Claim): Promise<void> {
    await this.#withBucket((bucket) => unlessStale(bucket.delete(name, { previousSeq: revision })));
  }

  /** Waits for the end of a message that another session runs: its entry, `failed`, or undefined when that cannot be known. */
  async follow({ name, entry }: Elsewhere): Promise<DedupeEntry | 'failed' | undefined> {
    if (this.#followed >= limits.attachedRetriesMax) return undefined;
    this.#followed++;
    try {
      return await this.#withBucket((bucket) => this.#endOf(bucket, name, untilMs(entry)));
    } finally {
      this.#followed--;
    }
  }

  async #endOf(bucket: KV, name: string, deadlineMs: number): Promise<DedupeEntry | 'failed' | undefined> {
    const updates = await bucket.watch({ key: name });
    const { clock } = this.#session;
    const cancel = clock.after(Math.max(0, deadlineMs - clock.now()), () => updates.stop());
    try {
      for await (const update of updates) {
        if (update.operation !== 'PUT') return 'failed';
        const entry = entryIn(update);
        if (entry?.processed) return entry;
      }
      return undefined;
    } finally {
      cancel();
      updates.stop();
    }
  }

  #entryOf(incoming: Incoming): DedupeEntry {
    const { clock, sessionTag, options } = this.#session;
    const { message, expiresAtMs = 0 } = incoming;
    const now = clock.now();
    const entry: DedupeEntry = {
      message_id: message.message_id,
      session_tag: sessionTag,
      processed: false,
      accepted_at: nowTimestamp(now),
      until: nowTimestamp(Math.min(Math.max(now, expiresAtMs) + options.workTimeoutMs, lastEpochMs)),
    };
    if (message.idempotency_key !== undefined) entry.payload_sha256 = payloadDigest(incoming);
    return entry;
  }

  /** Its session has crashed, or this one remembers for a shorter time than the bucket. */
  #isOver(entry: DedupeEntry): boolean {
    const { clock, options } = this.#session;
    const now = clock.now();
    const takenAt = parseInstant(entry.accepted_at)?.epochMs ?? 0;
    return now >= takenAt + options.dedupeTtlMs || (!entry.processed && now >= untilMs(entry));
  }

  async #withBucket<T>(use: (bucket: KV) => Promise<T>): Promise<T | undefined> {
    this.#bucket ??= this.#open();
    const bucket = await this.#bucket;
    if (!bucket) return undefined;
    try {
      return await use(bucket);
    } catch (cause) {
      this.#session.onDegraded(toAgentNetError(cause));
      return undefined;
    }
  }

  /** Once per connection: a server without JetStream is not asked for every message. */
  async #open(): Promise<KV | undefined> {
    try {
      const client = jetstream(this.#connection, { timeout: limits.dedupeClaimTimeoutMs });
      return await new Kvm(client).create(buckets.dedupe, { history: 1, ttl: limits.dedupeBucketTtlMs });
    } catch (cause) {
      this.#session.onDegraded(toAgentNetError(cause));
      return undefined;
    }
  }
}

function entryIn(found: KvEntry | null): DedupeEntry | undefined {
  if (found?.operation !== 'PUT') return undefined;
  const decoded = decodeJson('DedupeEntry', found.value);
  return decoded.ok ? decoded.value : undefined;
}

function untilMs({ until }: DedupeEntry): number {
  return parseInstant(until)?.epochMs ?? 0;
}

async function unlessStale<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (cause) {
    if (cause instanceof JetStreamApiError && staleRevision.has(cause.code)) return undefined;
    throw cause;
  }
}
