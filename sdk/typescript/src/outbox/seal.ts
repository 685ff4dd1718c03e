import type { MessageHeaders, SigningPurpose } from '@agentnet/protocol';
import type { Place } from '../identity/detached-text.js';
import type { Sender } from './build-message.js';

/** A body, where it goes, and what else stands beside it. */
export interface Sealing extends Place {
  /** What tells the receiver of the sender's span. */
  readonly headers?: MessageHeaders | undefined;
}

/** The options a body is published with: its reply subject, and its signature if its sender signs. Spec: rule `auth.v2.signed`. */
export function sealed(
  { signer }: Pick<Sender, 'signer'>,
  purpose: SigningPurpose,
  { headers, ...place }: Sealing,
): { reply?: string; headers?: MessageHeaders } {
  const options = place.reply === undefined ? {} : { reply: place.reply };
  if (signer) return { ...options, headers: { ...headers, ...signer.seal(purpose, place) } };
  return headers ? { ...options, headers } : options;
}
