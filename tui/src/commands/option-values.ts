import type { JsonValue } from '@agentnet/protocol';
import { ProtocolError } from '@agentnet/protocol';

export interface NumberRange {
  least: number;
  most?: number;
  whole?: boolean;
}

/** Makes a parser for a numeric option that refuses everything outside the range; nothing is clamped. */
export function numberOption(flag: string, range: NumberRange): (text: string) => number {
  const { least, most = Number.POSITIVE_INFINITY, whole = false } = range;
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'a whole number' : 'a number';
    const bounds = Number.isFinite(most) ? `from ${least} to ${most}` : `of at least ${least}`;
    throw new ProtocolError('invalid_option', `${flag} must be ${kind} ${bounds}, got ${JSON.stringify(text)}`);
  };
}

/** @throws {ProtocolError} `invalid_payload` */
export function parsePayload(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProtocolError('invalid_payload', `the payload is not JSON: ${why}`, { cause });
  }
}
