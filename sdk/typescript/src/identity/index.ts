export { canonicalJson } from './canonical-json.js';
export { type Claims, messageClaims, type RegistrationFacts, registerClaims } from './claims.js';
export { type KeyPair, keyPairOf, makeKeyPair } from './key-pair.js';
export { pythonJsonLength, pythonJsonText } from './python-json.js';
export { rawMember } from './raw-member.js';
export { devScheme, readAuth, type SignedClaims, signClaims, type UnreadableAuth, verifyClaims } from './signature.js';
