import type { CallContext, RegisterRequest } from '@agentnet/protocol';
import { readRegistration, type SignedRegistration } from '../auth/read-registration.js';
import type { RegistryDeps } from '../deps.js';

/**
 * Checks the signature of a registration as far as that needs no database; `auth/admit.ts` does the rest, in the transaction that writes.
 * Without dev auth there is nothing to verify: `auth` is ignored, and anybody may open a session on any account.
 *
 * @throws {Refusal} `auth_…`
 */
export function verifyRegistration(
  { config: { devAuth, devAuthMaxSkewSeconds: maxSkewSeconds }, now }: RegistryDeps,
  request: RegisterRequest,
  { text }: CallContext,
): SignedRegistration | undefined {
  return devAuth ? readRegistration(request, { text, nowMs: now(), maxSkewSeconds }) : undefined;
}
