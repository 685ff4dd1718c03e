import { type DetachedSignature, writeDetachedHeader } from './detached-header.js';
import { detachedText, type Place, type Statement } from './detached-text.js';
import { ed25519 } from './ed25519.js';
import { decodeBase64Url, encodeBase64Url, type KeyPair, publicKeyBytes } from './key-pair.js';

/**
 * Signs a body for one place.
 *
 * @returns the header's text
 */
export function signDetached(statement: Omit<Statement, 'publicKey'>, place: Place, pair: KeyPair): string {
  // Field by field: this runs for everything that is published, and copies of objects are slow.
  const { purpose, accountId, agentId, sessionTag, signedAt, nonce } = statement;
  const signed = { purpose, accountId, agentId, sessionTag, signedAt, nonce, publicKey: pair.publicKey };
  const signature = encodeBase64Url(ed25519.sign(pair.seed, detachedText(signed, place)));
  return writeDetachedHeader(signed, signature);
}

/** Whether the owner of the key in the header signed this body for this place. */
export function verifyDetached(signature: DetachedSignature, place: Place): boolean {
  return ed25519.verify(
    publicKeyBytes(signature.publicKey),
    detachedText(signature, place),
    decodeBase64Url(signature.signature),
  );
}
