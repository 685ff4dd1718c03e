import { decodeJson, type ErrorCode, type Transport, type TransportRequest } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import { TransportError } from '../errors.js';

/** A refusal is short; whatever is longer is an answer and not looked at. */
const refusalMaxBytes = 1024;

const refused: ErrorCode = 'rate_limited';

/** A timer can come late, and the NATS client takes no less. */
const shortestMs = 1;

/**
 * The same transport, whose requests wait where the registry says that they come too fast, and then ask again: each within its own timeout. What
 * was refused has not been read, so asking again repeats nothing. Spec: rule `rpc.rate-limit.wait`.
 */
export function patientTransport(inner: Transport, clock: Clock): Transport {
  return {
    request: async (subject, body, options) => {
      const deadline = clock.elapsed() + options.timeoutMs;
      for (let { timeoutMs } = options; ; timeoutMs = Math.max(shortestMs, Math.round(deadline - clock.elapsed()))) {
        const reply = await inner.request(subject, body, { ...options, timeoutMs });
        const waitMs = waitAskedFor(reply);
        if (waitMs === undefined || clock.elapsed() + waitMs >= deadline) return reply;
        await pause(waitMs, clock, options.signal);
      }
    },
    publish: (subject, body, options) => inner.publish(subject, body, options),
    subscribe: (subject, options, onMessage) => inner.subscribe(subject, options, onMessage),
  };
}

/** Milliseconds after which the same call can succeed; undefined when it was not refused for its rate. */
function waitAskedFor(reply: Uint8Array): number | undefined {
  if (!mayBeRefusal(reply)) return undefined;
  const decoded = decodeJson('ErrorReply', reply);
  if (!decoded.ok || decoded.value.code !== refused) return undefined;
  return decoded.value.retry_after_ms;
}

/** Whether it is worth reading: the caller reads each answer, and twice is dear. */
function mayBeRefusal({ buffer, byteOffset, length }: Uint8Array): boolean {
  return length <= refusalMaxBytes && Buffer.from(buffer, byteOffset, length).includes(refused);
}

function pause(ms: number, clock: Clock, signal: TransportRequest['signal']): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => new TransportError('cancelled', 'the request was cancelled', { cause: signal?.reason });
    if (signal?.aborted) return reject(cancelled());
    const stop = () => {
      cancelTimer();
      reject(cancelled());
    };
    const cancelTimer = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
