import { is, type MessageAuth, ProtocolError } from '@agentnet/protocol';
import { type Claims, claimsText, readClaims } from './claims.js';
import { ed25519 } from './ed25519.js';
import { decodeBase64Url, encodeBase64Url, type KeyPair, publicKeyBytes } from './key-pair.js';
import { rawMember } from './raw-member.js';

/** The signing scheme of the protocol's first version. */
export const devScheme = 'dev-ed25519-v1';

/** Claims with a signature that has yet to be verified. */
export interface SignedClaims {
  readonly publicKey: string;
  readonly claims: Claims;
  readonly signature: string;
}

/** Why an auth object cannot be used. */
export type UnreadableAuth = 'auth_scheme_invalid' | 'auth_payload_invalid';

/** The auth object of a registration or a message. */
export function signClaims(claims: Claims, { seed, publicKey }: KeyPair): MessageAuth {
  const signature = encodeBase64Url(ed25519.sign(seed, Buffer.from(claimsText(claims))));
  return { scheme: devScheme, public_key: publicKey, claims: Object.fromEntries(claims), signature };
}

/** Whether the owner of the key signed these claims. */
export function verifyClaims({ publicKey, claims, signature }: SignedClaims): boolean {
  return ed25519.verify(publicKeyBytes(publicKey), Buffer.from(claimsText(claims)), decodeBase64Url(signature));
}

/**
 * Reads an auth object.
 *
 * @param authText - Its JSON text as it is on the wire.
 */
export function readAuth(authText: string): SignedClaims | UnreadableAuth {
  const auth: unknown = JSON.parse(authText);
  if (!is('JsonObject', auth) || auth['scheme'] !== devScheme) return 'auth_scheme_invalid';
  const { public_key: publicKey, signature, claims } = auth;
  if (!isText(publicKey) || !isText(signature) || !is('JsonObject', claims)) return 'auth_payload_invalid';
  try {
    return { publicKey, signature, claims: readClaims(rawMember(authText, 'claims') ?? '{}') };
  } catch (cause) {
    // Claims with an integer of thousands of digits.
    if (cause instanceof ProtocolError) return 'auth_payload_invalid';
    throw cause;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
