import { limits, type PayloadConvention } from '@agentnet/protocol';
import { RemoteError } from '../errors.js';
import type { Outbox } from '../outbox/outbox.js';
import { accountTarget } from '../outbox/resolve-target.js';
import { deliver } from '../outbox/send.js';
import type { Traced } from '../tracing/message-span.js';
import { pause } from './pacer.js';
import type { StreamSink } from './pump-text.js';

/** Where a stream belongs in the conversation. */
export interface StreamContext {
  readonly threadId: string;
  readonly parentMessageId?: string;
  readonly traceId?: string;
  readonly ttlMs?: number;
  /** The span of the whole stream. */
  readonly traced?: Traced | undefined;
}

const forNow: ReadonlySet<string> = new Set(['rate_limited', 'busy']);

/** Sends events to an account's inbox, each after the receipt of the one before, no faster than the receiver's default rate limit. Spec: rule `stream.pace`. */
export function accountSink(outbox: Outbox, accountId: string, { traced, ...context }: StreamContext): StreamSink {
  const target = accountTarget(accountId);
  const pacer = outbox.pacers.of(accountId);
  const attempt = async (event: PayloadConvention, signal: AbortSignal | undefined): Promise<boolean> => {
    await pacer.take();
    try {
      const options = { ...context, kind: 'stream' as const, payload: event, requireDeliveryAck: true };
      await deliver(outbox, target, { options: signal ? { ...options, signal } : options, traced });
      return true;
    } catch (cause) {
      if (!(cause instanceof RemoteError && forNow.has(cause.remoteCode ?? ''))) throw cause;
      return false;
    }
  };
  return {
    flushMs: limits.streamFlushMs,
    get readyInMs() {
      return pacer.readyInMs;
    },
    async send(event, signal) {
      for (let refused = 0; !(await attempt(event, signal)); refused++) {
        if (refused === limits.streamRetryAttempts)
          throw new RemoteError(
            'delivery_rejected',
            `${accountId} refused ${refused + 1} times to take the stream on`,
            {
              remoteCode: 'busy',
            },
          );
        await pause(outbox.clock, limits.streamFlushMs * (refused + 1));
      }
    },
  };
}
