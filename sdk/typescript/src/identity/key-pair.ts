import { randomBytes } from 'node:crypto';
import { ed25519 } from './ed25519.js';

/** An Ed25519 key pair; the public key is written as it travels. */
export interface KeyPair {
  /** 32 bytes of base64url without padding; compared as text, so there is one spelling only. */
  readonly publicKey: string;
  /** The 32-byte seed. Enumeration and logs do not show it. */
  readonly seed: Uint8Array;
}

const seedLength = 32;

export function makeKeyPair(): KeyPair {
  return keyPairOf(randomBytes(seedLength));
}

/** @throws {RangeError} when the seed is not 32 bytes long */
export function keyPairOf(seed: Uint8Array): KeyPair {
  if (seed.length !== seedLength) throw new RangeError(`an Ed25519 seed has ${seedLength} bytes, got ${seed.length}`);
  const pair = { publicKey: encodeBase64Url(ed25519.publicKeyOf(seed)) };
  return Object.defineProperty(pair, 'seed', { value: seed, enumerable: false }) as KeyPair;
}

/** Base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Tolerates padding and stray characters, as older peers do. */
export function decodeBase64Url(text: string): Uint8Array {
  return Buffer.from(text, 'base64url');
}
