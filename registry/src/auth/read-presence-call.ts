import { type CallContext, type Goodbye, type Hello, headers, Refusal } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import type { PresenceSignature } from '../store/presence-signature.js';
import { headerOf, readSignedCall } from './read-header.js';

/**
 * Reads the signature of a hello or goodbye, which is good for the key in it; whether that is the session's is left to the statement that writes. Without dev
 * auth signatures are not looked at.
 *
 * @throws {Refusal} `auth_…`
 */
export function readPresenceCall(
  { config, now }: RegistryDeps,
  event: Hello | Goodbye,
  call: CallContext,
  purpose: 'hello' | 'goodbye',
): PresenceSignature | undefined {
  if (!config.devAuth) return undefined;
  const text = headerOf(call, headers.signature);
  if (text === undefined) {
    if (config.authRequire === 'v2') throw new Refusal('auth_v2_required', 'it is not signed');
    return undefined;
  }
  const context = { purpose, nowMs: now(), maxSkewSeconds: config.devAuthMaxSkewSeconds };
  const { accountId, agentId, sessionTag, publicKey, signedAt } = readSignedCall(text, call.message, context);
  const claimed = 'account_id' in event ? event.account_id : undefined;
  if (
    sessionTag !== event.session_tag ||
    agentId !== (event.agent_id || agentId) ||
    accountId !== (claimed || accountId)
  )
    throw new Refusal('auth_envelope_mismatch');
  return { accountId, publicKey, signedAt };
}
