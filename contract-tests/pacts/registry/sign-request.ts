import { headers, type JsonObject, nowTimestamp, type RpcName, type SigningPurpose } from '@agentnet/protocol';
import { registerClaims, signClaims, signDetached } from '@agentnet/sdk/identity';
import { keyOf } from '../keys.js';
import { type Seal, startOfWorldMs } from './provider-world.js';

/** How a state wants the request signed; by default as the SDK does it with the key of the account. */
export interface SigningWish {
  /** Whose key. */
  readonly by?: string;
  /** `v1` leaves out the header. */
  readonly scheme?: 'v1';
  /** Claims that replace those of the request. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Members that replace those of the auth object. */
  readonly auth?: JsonObject;
  readonly purpose?: SigningPurpose;
  readonly account?: string;
  readonly nonce?: string;
  /** What is signed in place of the body. */
  readonly body?: string;
  /** The header's text. */
  readonly header?: string;
  /** Whose key proves a rotation. */
  readonly proofBy?: string;
}

const purposes: Partial<Record<RpcName, SigningPurpose>> = {
  register: 'register',
  rotate_key: 'rotate',
  revoke_key: 'revoke',
};

export function signRequest(
  wish: SigningWish,
  operation: RpcName,
  request: JsonObject,
): { request: JsonObject; seal: Seal } {
  const pair = keyOf(wish.by ?? 'weather');
  const signed = operation === 'register' ? { ...request, auth: claimed(wish, request) } : request;
  const statement = {
    purpose: wish.purpose ?? purposes[operation] ?? 'register',
    accountId: wish.account ?? String(request['account_id'] ?? ''),
    agentId: 'weather',
    sessionTag: '',
    signedAt: nowTimestamp(startOfWorldMs),
    nonce: wish.nonce ?? 'pact',
  };
  const seal: Seal = (place) => {
    if (wish.scheme === 'v1') return {};
    const text =
      wish.header ??
      signDetached(statement, wish.body === undefined ? place : { ...place, body: Buffer.from(wish.body) }, pair);
    if (operation !== 'rotate_key') return { [headers.signature]: text };
    return {
      [headers.signature]: text,
      [headers.keyProof]: signDetached(statement, place, keyOf(wish.proofBy ?? 'next')),
    };
  };
  return { request: signed, seal };
}

function claimed({ by = 'weather', claims: changed = {}, auth = {} }: SigningWish, request: JsonObject): JsonObject {
  const { agent_id = '', name = '', username = '', account_id = '' } = request as Record<string, string>;
  const facts = { agentId: agent_id, name, username, accountId: account_id };
  const claims = registerClaims({ ...facts, timestamp: nowTimestamp(startOfWorldMs), nonce: 'pact' });
  const signed = signClaims(new Map([...claims, ...Object.entries(changed)]), keyOf(by));
  return { ...(signed as unknown as JsonObject), ...auth };
}
