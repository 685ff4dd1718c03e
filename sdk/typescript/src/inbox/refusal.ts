import { type ErrorCode, errorCodes } from '@agentnet/protocol';

/** Why a message is refused, in the words of its receipt and its error reply. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
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
