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

/** `nanos` since 1970, exact to the microsecond. */
export function instantText(nanos: bigint): string {
  const micros = nanos / 1000n;
  const instant: Instant = { epochMs: Number(micros / 1000n), micros: Number(micros % 1000n) };
  return formatInstant(instant);
}
