import { type ErrorCode, errorCodes } from '@agentnet/protocol';
import type { Outcome } from './outcomes.js';
import type { Elsewhere } from './shared-outcomes.js';

/** Why a message is refused, in the words of its receipt and its error reply. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Of a copy: what becomes of the first one, which the copy shares. */
  readonly earlier?: Outcome;
  /** Of a copy: where another session has the first one. */
  readonly elsewhere?: Elsewhere;
}

/** The refusal with the protocol's exact text. */
export function refusalOf(code: ErrorCode): Refusal {
  const { detail, text } = errorCodes[code];
  return { code, detail: detail ?? text };
}

/** `duplicate` has a second text, for a repeated key. */
export const duplicateKey: Refusal = {
  code: 'duplicate',
  detail: errorCodes.duplicate.idempotency_detail ?? errorCodes.duplicate.text,
};
