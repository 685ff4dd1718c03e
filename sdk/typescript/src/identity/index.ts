export { canonicalJson } from './canonical-json.js';
export { type Claims, messageClaims, type RegistrationFacts, registerClaims } from './claims.js';
export { type DetachedSignature, readDetachedHeader, type UnreadableHeader } from './detached-header.js';
export { signDetached, verifyDetached } from './detached-signature.js';
export { detachedScheme, detachedText, type Place, type Statement } from './detached-text.js';
export { type KeyPair, keyPairOf, makeKeyPair } from './key-pair.js';
export { pythonJsonLength, pythonJsonText } from './python-json.js';
export { rawMember } from './raw-member.js';
export { devScheme, readAuth, type SignedClaims, signClaims, type UnreadableAuth, verifyClaims } from './signature.js';
