import { createRequire } from 'node:module';
import type { Ed25519 } from './ed25519.js';

/** What is used of the package `sodium-native`. */
interface Sodium {
  readonly crypto_sign_PUBLICKEYBYTES: number;
  readonly crypto_sign_SECRETKEYBYTES: number;
  readonly crypto_sign_BYTES: number;
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, text: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, text: Uint8Array, publicKey: Uint8Array): boolean;
}

/** That of libsodium, at half the cost of the runtime's; undefined where the program has not installed `sodium-native`, or not for this machine. */
export function sodiumEd25519(): Ed25519 | undefined {
  try {
    return ed25519Of(createRequire(import.meta.url)('sodium-native') as Sodium);
  } catch {
    return undefined;
  }
}

function ed25519Of(sodium: Sodium): Ed25519 {
  const {
    crypto_sign_PUBLICKEYBYTES: publicKeyLength,
    crypto_sign_SECRETKEYBYTES: secretKeyLength,
    crypto_sign_BYTES: signatureLength,
  } = sodium;
  const secretKeys = new WeakMap<Uint8Array, Uint8Array>();
  const pairOf = (seed: Uint8Array) => {
    const [publicKey, secretKey] = [Buffer.alloc(publicKeyLength), Buffer.alloc(secretKeyLength)];
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    return { publicKey, secretKey };
  };
  const secretKeyOf = (seed: Uint8Array): Uint8Array => {
    const secretKey = secretKeys.get(seed) ?? pairOf(seed).secretKey;
    secretKeys.set(seed, secretKey);
    return secretKey;
  };
  return {
    publicKeyOf: (seed) => pairOf(seed).publicKey,
    sign(seed, text) {
      const signature = Buffer.alloc(signatureLength);
      sodium.crypto_sign_detached(signature, text, secretKeyOf(seed));
      return signature;
    },
    verify(publicKey, text, signature) {
      if (publicKey.length !== publicKeyLength || signature.length !== signatureLength) return false;
      return sodium.crypto_sign_verify_detached(signature, text, publicKey);
    },
  };
}
