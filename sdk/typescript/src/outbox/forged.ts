import type { AuthCode } from '../identity/message-verifier.js';

/** A reply or receipt that was ignored because its signature is missing or bad. */
export interface Forged {
  readonly what: 'reply' | 'receipt';
  /** The message it claims to be about. */
  readonly messageId: string;
  readonly code: AuthCode;
}

/** Hears of what was ignored. */
export type OnForged = (forged: Forged) => void;
