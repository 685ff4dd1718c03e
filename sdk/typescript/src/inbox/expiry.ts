import { parseInstant } from '@agentnet/protocol';
import type { ReceivedMessage } from '../received-message.js';

/** The earlier of `expires_at` and `sent_at + ttl_ms`, in milliseconds since 1970, of those that can be read. */
export function expiryOf({ sent_at, ttl_ms, expires_at }: ReceivedMessage): number | undefined {
  const stated = expires_at === undefined ? undefined : epochMsOf(expires_at);
  const sent = sent_at === undefined || ttl_ms === undefined ? undefined : epochMsOf(sent_at);
  if (sent === undefined || ttl_ms === undefined) return stated;
  const computed = sent + Math.max(0, ttl_ms);
  return stated === undefined ? computed : Math.min(stated, computed);
}

function epochMsOf(text: string): number | undefined {
  const instant = parseInstant(text);
  return instant && instant.epochMs + instant.micros / 1000;
}
