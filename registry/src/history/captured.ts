import { formatInstant, type Instant } from '@agentnet/protocol';

/** One body on its way into the history. */
export interface Captured {
  /** The same for every delivery of it, different from all others. */
  readonly captureId: string;
  readonly subject: string;
  readonly body: Uint8Array;
  /** When the network received it. */
  readonly receivedAt: string;
  /** It is on record; it need not be delivered again. */
  done(): void;
}

/** @param nanos - Nanoseconds since 1970 in digits; the last three are dropped. */
export function instantText(nanos: string): string {
  const instant: Instant = { epochMs: Number(nanos.slice(0, -6)), micros: Number(nanos.slice(-6, -3)) };
  return formatInstant(instant);
}
