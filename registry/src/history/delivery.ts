import type { Msg } from '@nats-io/nats-core';

/** What JetStream says about one delivery of a captured message, read from its reply subject. */
export interface Delivery {
  readonly stream: string;
  /** 1 at the first time. */
  readonly count: number;
  readonly streamSequence: number;
  /** Place among all deliveries of the consumer, to whomever. */
  readonly deliverySequence: number;
  /** When the network received the message: nanoseconds since 1970, in digits. */
  readonly timestamp: string;
  /** Messages that follow in the stream and were never delivered. */
  readonly pending: number;
}

const prefix = '$JS.ACK.';
/** Tokens after the prefix of servers that name neither domain nor account. */
const shortForm = 7;

/** Undefined for what is no delivery: an answer of the server to a pull. */
export function readDelivery({ reply }: Msg): Delivery | undefined {
  if (!reply?.startsWith(prefix)) return undefined;
  const tokens = reply.slice(prefix.length).split('.');
  const [stream, , count, streamSequence, deliverySequence, nanos, pending] =
    tokens.length === shortForm ? tokens : tokens.slice(2);
  if (!stream || !nanos) return undefined;
  return {
    stream,
    count: Number(count),
    streamSequence: Number(streamSequence),
    deliverySequence: Number(deliverySequence),
    timestamp: nanos,
    pending: Number(pending),
  };
}
