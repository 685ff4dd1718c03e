import type { JsonValue } from '@agentnet/protocol';
import { pythonJsonLength } from '@agentnet/sdk/identity';

/** What one message adds to its thread. */
export interface MessageWeight {
  readonly byteCount: number;
  readonly approxTokens: number;
  /** `covers_end` when the payload is a checkpoint, else 0. */
  readonly checkpointEnd: number;
}

/**
 * Weighs a payload as the protocol's first version does: in Python's default JSON text, tokens rounded up for each message.
 *
 * @throws {ProtocolError} `invalid_payload` for an integer that Python refuses to read
 */
export function weighMessage(payload: JsonValue, payloadText: string, charsPerToken: number): MessageWeight {
  const byteCount = pythonJsonLength(payloadText);
  return { byteCount, approxTokens: Math.ceil(byteCount / charsPerToken), checkpointEnd: checkpointEnd(payload) };
}

function checkpointEnd(payload: JsonValue): number {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return 0;
  const { type, covers_end: coversEnd } = payload;
  return typeof type === 'string' && type.trim().toLowerCase() === 'checkpoint' ? nonNegativeInteger(coversEnd) : 0;
}

function nonNegativeInteger(value: JsonValue | undefined): number {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value));
  return isNumber ? Math.min(Math.max(Math.trunc(Number(value)), 0), Number.MAX_SAFE_INTEGER) : 0;
}

export interface TokenLimits {
  readonly soft: number;
  readonly hard: number;
}

/** What a client asked for, else the registry's own; soft is at least 1 and hard at least soft. 0 counts as not asked. */
export function effectiveTokenLimits(
  asked: { soft_limit_tokens?: number | null; hard_limit_tokens?: number | null },
  own: TokenLimits,
): TokenLimits {
  const soft = Math.max(asked.soft_limit_tokens || own.soft, 1);
  return { soft, hard: Math.max(asked.hard_limit_tokens || own.hard, soft) };
}

export interface ThreadSize {
  readonly pending: number;
  readonly tokens: number;
}

export function threadStatusOf(
  { pending, tokens }: ThreadSize,
  { soft, hard, keepTail }: TokenLimits & { keepTail: number },
): 'ok' | 'warn' | 'needs_compaction' {
  if (pending <= keepTail) return 'ok';
  if (tokens >= hard) return 'needs_compaction';
  return tokens >= soft ? 'warn' : 'ok';
}

export function pendingMessages(thread: { message_count: number; latest_checkpoint_end: number }): number {
  return Math.max(0, thread.message_count - thread.latest_checkpoint_end);
}
