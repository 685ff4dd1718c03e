import { randomBytes } from 'node:crypto';
import { limits } from '@agentnet/protocol';
import { ed25519 } from './ed25519.js';

/** An Ed25519 key pair; the public key is written as it travels. */
export interface KeyPair {
  /** 32 bytes of base64url without padding; compared as text, so there is one spelling only. */
  readonly publicKey: string;
  /** The 32-byte seed. Enumeration and logs do not show it. */
  readonly seed: Uint8Array;
}

const seedLength = 32;

/** A new key pair, from the system's random numbers. */
export function makeKeyPair(): KeyPair {
  return keyPairOf(randomBytes(seedLength));
}

/** @throws {RangeError} when the seed is not 32 bytes long */
export function keyPairOf(seed: Uint8Array): KeyPair {
  if (seed.length !== seedLength) throw new RangeError(`an Ed25519 seed has ${seedLength} bytes, got ${seed.length}`);
  const pair = { publicKey: encodeBase64Url(ed25519.publicKeyOf(seed)) };
  return Object.defineProperty(pair, 'seed', { value: seed, enumerable: false }) as KeyPair;
}

const knownBytes = new Map<string, Uint8Array>();

/**
 * The bytes of a public key; the same array each time, by which what was made of it is found again. Preparing a key costs more than verifying with it.
 */
export function publicKeyBytes(publicKey: string): Uint8Array {
  const known = knownBytes.get(publicKey);
  if (known) return known;
  const bytes = decodeBase64Url(publicKey);
  knownBytes.set(publicKey, bytes);
  const [oldest] = knownBytes.keys();
  if (knownBytes.size > limits.authKeyCacheMaxEntries && oldest !== undefined) knownBytes.delete(oldest);
  return bytes;
}

/** Base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Tolerates padding and stray characters, as older peers do. */
export function decodeBase64Url(text: string): Uint8Array {
  return Buffer.from(text, 'base64url');
}
