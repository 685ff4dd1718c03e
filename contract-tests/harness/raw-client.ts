import { createHash } from 'node:crypto';
import { check, type Models, operations, type RpcName } from '@agentnet/protocol';
import { createInbox, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { type Frame, type RawSubscription, subscribeRaw, toFrame } from './raw-subscription.js';

/** What a raw client can put on the wire: a value becomes JSON, text and bytes go as they are. */
export type RawBody = Uint8Array | string | object;

export const rpcNames = (Object.keys(operations) as (keyof typeof operations)[]).filter(
  (name): name is RpcName => operations[name].role === 'rpc',
);

export type ReplyOf<N extends RpcName> = Models[(typeof operations)[N]['reply']];

/** What goes onto the wire beside a body. */
export interface RawPublishOptions {
  reply?: string;
  headers?: MsgHdrs;
}

/** A NATS connection without any AgentNet code between it and the test. */
export interface RawClient extends AsyncDisposable {
  readonly connection: NatsConnection;
  /** Sends a registry RPC and returns its reply, whatever it says. */
  rpc(operation: RpcName, body?: RawBody, timeoutMs?: number): Promise<Record<string, unknown>>;
  /** Sends a registry RPC; the reply must be a success and valid. */
  ask<N extends RpcName>(operation: N, body?: RawBody): Promise<ReplyOf<N>>;
  /** NATS request; returns the first reply as it was on the wire. */
  request(subject: string, body: RawBody, timeoutMs?: number): Promise<Frame>;
  publish(subject: string, body: RawBody, options?: RawPublishOptions): void;
  /** Publishes and returns once the server has it. */
  deliver(subject: string, body: RawBody, options?: RawPublishOptions): Promise<void>;
  subscribe(subject: string, options?: { queue?: string; onFrame?: (frame: Frame) => void }): Promise<RawSubscription>;
  /** A fresh reply subject under this connection's inbox prefix. */
  inbox(): string;
  /** Whether this client put that body on the wire. */
  hasSent(body: Uint8Array): boolean;
  close(): Promise<void>;
}

/** Connects a raw client. */
export async function rawClient(natsUrl: string): Promise<RawClient> {
  const url = new URL(natsUrl);
  const token = decodeURIComponent(url.username);
  const connection = await connect({ servers: url.host, ...(token ? { token } : {}), noAsyncTraces: true });
  const sent = new Set<string>();
  const bytesOf = (body: RawBody): Uint8Array => {
    const bytes = encode(body);
    sent.add(digest(bytes));
    return bytes;
  };
  const request = async (subject: string, body: RawBody, timeoutMs = 5_000): Promise<Frame> =>
    toFrame(await connection.request(subject, bytesOf(body), { timeout: timeoutMs }));
  const rpc = async (operation: RpcName, body: RawBody = {}, timeoutMs = 5_000): Promise<Record<string, unknown>> => {
    const { json, text } = await request(operations[operation].subject, body, timeoutMs);
    if (json === null || typeof json !== 'object') throw new Error(`${operation} answered no object: ${text}`);
    return json as Record<string, unknown>;
  };
  const publish = (subject: string, body: RawBody, options: RawPublishOptions = {}): void =>
    connection.publish(subject, bytesOf(body), options);
  const close = (): Promise<void> => connection.close();
  return {
    connection,
    rpc,
    request,
    publish,
    async ask<N extends RpcName>(operation: N, body: RawBody = {}): Promise<ReplyOf<N>> {
      const reply = await rpc(operation, body);
      const violations = check(operations[operation].reply, reply);
      if ('error' in reply || violations.length > 0)
        throw new Error(`${operation} failed: ${JSON.stringify({ reply, violations })}`);
      return reply as unknown as ReplyOf<N>;
    },
    async deliver(subject, body, options = {}) {
      publish(subject, body, options);
      await connection.flush();
    },
    subscribe: (subject, options = {}) => subscribeRaw(connection, subject, options),
    inbox: () => createInbox(),
    hasSent: (body) => sent.has(digest(body)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function encode(body: RawBody): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}
