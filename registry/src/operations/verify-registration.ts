import type { CallContext, RegisterRequest } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';

/**
 * Verifies the signature of a registration before anything is written; refuses by throwing a `Refusal`.
 * Without dev auth there is nothing to verify: `auth` is ignored, and anybody may open a session on any account.
 */
export async function verifyRegistration(
  _deps: RegistryDeps,
  _request: RegisterRequest,
  _call: CallContext,
): Promise<void> {}
