import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { eventually } from './eventually.js';

/** One NATS message as it was on the wire. */
export interface Frame {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly body: Uint8Array;
  /** The text of a header, undefined when there is none. */
  header(name: string): string | undefined;
  readonly text: string;
  /** The parsed body, undefined when it is not JSON. */
  readonly json: unknown;
  /** Milliseconds on a clock that only runs forward. */
  readonly heardAtMs: number;
}

export interface NextOptions {
  /** Milliseconds to wait. @default 10_000 */
  timeoutMs?: number;
  /** Takes the first untaken frame that satisfies this, and leaves the others. */
  where?: (frame: Frame) => boolean;
}

/** A subscription that remembers what it heard. */
export interface RawSubscription {
  /** Everything heard so far, in order. */
  readonly received: readonly Frame[];
  /** The first frame not yet taken. */
  next(options?: NextOptions): Promise<Frame>;
  /** Waits for a frame that satisfies `isMarker`; returns the frames heard before it. */
  collectUntil(isMarker: (frame: Frame) => boolean, timeoutMs?: number): Promise<readonly Frame[]>;
  unsubscribe(): void;
}

/** Subscribes and returns once the server knows the subscription. */
export async function subscribeRaw(
  connection: NatsConnection,
  subject: string,
  options: { queue?: string; onFrame?: (frame: Frame) => void } = {},
): Promise<RawSubscription> {
  const received: Frame[] = [];
  const untaken: Frame[] = [];
  const subscription: Subscription = connection.subscribe(subject, {
    ...(options.queue ? { queue: options.queue } : {}),
    callback: (error, message) => {
      if (error) return;
      const frame = toFrame(message);
      received.push(frame);
      untaken.push(frame);
      options.onFrame?.(frame);
    },
  });
  await connection.flush();
  return {
    received,
    async next({ timeoutMs = 10_000, where = () => true } = {}) {
      // Found and taken in one step: several waits may be open at once.
      const take = (): Frame | undefined => {
        const index = untaken.findIndex(where);
        return index < 0 ? undefined : untaken.splice(index, 1)[0];
      };
      const frame = await eventually(take, {
        timeoutMs,
        what: `a frame on ${subject} (${received.length} heard, ${untaken.length} untaken: ${preview(untaken)})`,
      });
      if (!frame) throw new Error('unreachable');
      return frame;
    },
    async collectUntil(isMarker, timeoutMs = 10_000) {
      const index = await eventually(() => received.findIndex(isMarker), {
        until: (found) => found >= 0,
        timeoutMs,
        what: `the marker on ${subject}`,
      });
      return received.slice(0, index);
    },
    unsubscribe: () => subscription.unsubscribe(),
  };
}

export function toFrame(message: Msg): Frame {
  const text = new TextDecoder().decode(message.data);
  return {
    subject: message.subject,
    reply: message.reply || undefined,
    body: message.data,
    header: (name) => message.headers?.get(name) || undefined,
    text,
    json: parsed(text),
    heardAtMs: performance.now(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function preview(frames: readonly Frame[]): string {
  return frames
    .slice(0, 3)
    .map(({ text }) => text.slice(0, 200))
    .join(' | ');
}
