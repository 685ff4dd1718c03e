import { type CallContext, headers, limits, parseInstant, Refusal, type RegisterRequest } from '@agentnet/protocol';
import {
  detachedScheme,
  devScheme,
  rawMember,
  readAuth,
  type SignedClaims,
  verifyClaims,
} from '@agentnet/sdk/identity';
import { isStorableText } from '../domain/storable-json.js';
import { normalizeUsername } from '../domain/username.js';
import { headerOf, readSignedCall, requireNonce } from './read-header.js';

/** A registration whose claims are those of its request and whose signature is good; whether it may have the account is open. */
export interface SignedRegistration {
  readonly scheme: string;
  readonly publicKey: string;
  /** The account the signer meant; empty when it named none. */
  readonly accountId: string;
  readonly nonce: string;
  /** Refuses what is wrong with time or signature: checked after the account, before the nonce. */
  requireGenuine(): void;
}

/** What a registration is read with. */
export interface ReadingContext {
  readonly call: CallContext;
  /** Whether only `ed25519-v2` will do. */
  readonly requireV2: boolean;
  readonly nowMs: number;
  readonly maxSkewSeconds: number;
}

/**
 * Reads and checks what needs no database. The order of all checks is part of the protocol. Spec: rule `auth.register.refusals`.
 *
 * @throws {Refusal} `auth_…`
 */
export function readRegistration(request: RegisterRequest, context: ReadingContext): SignedRegistration {
  const header = headerOf(context.call, headers.signature);
  if (header !== undefined) return readDetached(request, header, context);
  if (context.requireV2) throw new Refusal('auth_v2_required', `header ${headers.signature} is missing`);
  return readClaimed(request, context);
}

/** The header covers the whole request, so only what it says itself is left to compare. */
function readDetached(
  { agent_id, account_id }: RegisterRequest,
  header: string,
  { call, nowMs, maxSkewSeconds }: ReadingContext,
): SignedRegistration {
  const signed = readSignedCall(header, call.message, { purpose: 'register', nowMs, maxSkewSeconds });
  if (signed.agentId !== agent_id) throw new Refusal('auth_claims_agent_mismatch');
  if (signed.accountId !== (account_id ?? '')) throw new Refusal('auth_claims_account_mismatch');
  const { publicKey, accountId } = signed;
  return { scheme: detachedScheme, publicKey, accountId, nonce: requireNonce(signed), requireGenuine: () => {} };
}

function readClaimed(request: RegisterRequest, context: ReadingContext): SignedRegistration {
  const signed = readSigned(request, context.call.text);
  const claim = (name: string) => signed.claims.get(name) ?? '';
  const timestamp = claim('timestamp');
  const nonce = claim('nonce');
  if (timestamp === '' || nonce === '') throw new Refusal('auth_claims_invalid', 'timestamp or nonce is missing');
  if (claim('agent_id') !== request.agent_id) throw new Refusal('auth_claims_agent_mismatch');
  if (claim('name') !== (request.name || request.agent_id)) throw new Refusal('auth_claims_name_mismatch');
  if (!namesTheUsername(request, claim('username'))) throw new Refusal('auth_claims_username_mismatch');
  return {
    scheme: devScheme,
    publicKey: signed.publicKey,
    accountId: claim('account_id'),
    nonce,
    requireGenuine() {
      requireFresh(timestamp, context);
      if (!verifyClaims(signed)) throw new Refusal('auth_signature_invalid');
    },
  };
}

function readSigned({ auth }: RegisterRequest, text: string): SignedClaims {
  if (typeof auth !== 'object' || auth === null || Array.isArray(auth)) throw new Refusal('auth_required');
  const signed = readAuth(rawMember(text, 'auth') ?? 'null');
  if (typeof signed === 'string') throw new Refusal(signed);
  if (signed.publicKey.length > limits.idMaxLength || !isStorableText(signed.publicKey))
    throw new Refusal('auth_payload_invalid', 'public_key is no key');
  return signed;
}

/** The signed username must be the one the account will be asked for; none is signed where none is asked for. */
function namesTheUsername({ username, agent_id }: RegisterRequest, claimed: string): boolean {
  const asked = normalizeUsername(username ?? '');
  const signed = normalizeUsername(claimed);
  return signed === asked || (asked === '' && signed === normalizeUsername(agent_id));
}

function requireFresh(timestamp: string, { nowMs, maxSkewSeconds }: ReadingContext): void {
  const instant = parseInstant(timestamp.trim());
  if (!instant) throw new Refusal('auth_claims_timestamp_invalid');
  const skewMs = Math.abs(nowMs - (instant.epochMs + instant.micros / 1000));
  if (skewMs > maxSkewSeconds * 1000) {
    throw new Refusal('auth_claims_timestamp_skew', `the clocks differ by ${Math.round(skewMs / 1000)} s`);
  }
}
