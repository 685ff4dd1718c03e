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
  { config: { devAuth, authRequire, devAuthMaxSkewSeconds: maxSkewSeconds }, now }: RegistryDeps,
  request: RegisterRequest,
  call: CallContext,
): SignedRegistration | undefined {
  if (!devAuth) return undefined;
  return readRegistration(request, { call, nowMs: now(), maxSkewSeconds, requireV2: authRequire === 'v2' });
}
