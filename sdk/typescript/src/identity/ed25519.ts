import { createPrivateKey, createPublicKey, type KeyObject, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import nacl from 'tweetnacl';
import { sodiumEd25519 } from './sodium-ed25519.js';

/** Signing with Ed25519 (RFC 8032, pure); keys and signatures are raw bytes. */
export interface Ed25519 {
  /** Public key of a 32-byte seed. */
  publicKeyOf(seed: Uint8Array): Uint8Array;
  sign(seed: Uint8Array, text: Uint8Array): Uint8Array;
  /** False for anything but a signature of `text` by the owner of the key; never throws. */
  verify(publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean;
}

const seedLength = 32;
const publicKeyLength = 32;
const signatureLength = 64;

/** What stands in front of the raw bytes in the only encodings that node:crypto reads. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');

// Preparing a key costs several times what signing or verifying with it does.
const privateKeys = new WeakMap<Uint8Array, KeyObject>();
const publicKeys = new WeakMap<Uint8Array, KeyObject>();

export const nodeEd25519: Ed25519 = {
  publicKeyOf(seed) {
    const spki = createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' });
    return spki.subarray(spkiHead.length);
  },
  sign: (seed, text) => nodeSign(null, text, privateKeyOf(seed)),
  verify(publicKey, text, signature) {
    if (publicKey.length !== publicKeyLength || signature.length !== signatureLength) return false;
    return nodeVerify(null, text, publicKeyOf(publicKey), signature);
  },
};

/** Thirty times slower, and the same everywhere. */
export const portableEd25519: Ed25519 = {
  publicKeyOf: (seed) => nacl.sign.keyPair.fromSeed(seed).publicKey,
  sign: (seed, text) => nacl.sign.detached(text, nacl.sign.keyPair.fromSeed(seed).secretKey),
  verify(publicKey, text, signature) {
    if (publicKey.length !== publicKeyLength || signature.length !== signatureLength) return false;
    return nacl.sign.detached.verify(text, signature, publicKey);
  },
};

let chosen: Ed25519 | undefined;

/**
 * The fastest there is: libsodium where the program has installed `sodium-native`, else the runtime's own, else, where the runtime was built without
 * Ed25519, as in FIPS mode, the portable one. Chosen at first use, because loading takes some milliseconds.
 */
export function fastestEd25519(): Ed25519 {
  chosen ??= sodiumEd25519() ?? (hasNodeEd25519() ? nodeEd25519 : portableEd25519);
  return chosen;
}

/** The fastest there is. */
export const ed25519: Ed25519 = {
  publicKeyOf: (seed) => fastestEd25519().publicKeyOf(seed),
  sign: (seed, text) => fastestEd25519().sign(seed, text),
  verify: (publicKey, text, signature) => fastestEd25519().verify(publicKey, text, signature),
};

function hasNodeEd25519(): boolean {
  try {
    return nodeEd25519.publicKeyOf(new Uint8Array(seedLength)).length === publicKeyLength;
  } catch {
    return false;
  }
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  const known = privateKeys.get(seed);
  if (known) return known;
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' });
  privateKeys.set(seed, key);
  return key;
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const known = publicKeys.get(bytes);
  if (known) return known;
  const key = createPublicKey({ key: Buffer.concat([spkiHead, bytes]), format: 'der', type: 'spki' });
  publicKeys.set(bytes, key);
  return key;
}
