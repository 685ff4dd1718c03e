import { randomBytes } from 'node:crypto';
import { headers, limits, type RegistryClient, type RotateKeyReply } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { NatsTransport } from '../connection/nats-transport.js';
import { registryQueries } from '../connection/registry-queries.js';
import { signingTransport } from '../connection/signing-transport.js';
import type { KeyStore } from '../identity/key-store.js';
import type { Signer } from '../identity/signer.js';

/** What changing a key needs. */
export interface KeyChanger {
  readonly transport: NatsTransport;
  readonly signer: Signer;
  readonly store: KeyStore;
  readonly accountId: string;
  readonly clock: Clock;
}

/** A key that was replaced. */
export interface KeyRotation {
  /** The key the account is bound to now, as base64url. */
  readonly publicKey: string;
  readonly previousPublicKey: string;
  /** Until when, by the registry's clock, what was signed with the previous key still verifies. */
  readonly previousValidUntil: string;
}

/** A text that was never used before. */
export function freshNonce(): string {
  return randomBytes(16).toString('hex');
}

/** Replaces the account's key. The new one is on disk before the registry hears of it, and in use once it has answered. */
export async function rotateKey(
  { transport, signer, store, accountId, clock }: KeyChanger,
  signal?: AbortSignal,
): Promise<KeyRotation> {
  const pair = await store.stage();
  const nonce = freshNonce();
  const registry = registryQueries(
    signingTransport(transport, (place) => ({
      [headers.signature]: signer.sign('rotate', place, { nonce }),
      [headers.keyProof]: signer.sign('rotate', place, { nonce, pair }),
    })),
    clock,
  );
  const reply = await registry.rotateKey({ account_id: accountId, new_public_key: pair.publicKey }, timing(signal));
  signer.replacePair(pair);
  await store.confirm(pair);
  return rotationOf(reply);
}

/** Withdraws the account's key, or the one it replaced. */
export async function revokeKey(
  { transport, signer, store, accountId, clock }: KeyChanger,
  {
    publicKey = signer.pair.publicKey,
    signal,
  }: { publicKey?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const nonce = freshNonce();
  const registry = registryQueries(
    signingTransport(transport, (place) => ({ [headers.signature]: signer.sign('revoke', place, { nonce }) })),
    clock,
  );
  await registry.revokeKey({ account_id: accountId, public_key: publicKey }, timing(signal));
  if (publicKey === signer.pair.publicKey) await store.shelve();
}

function timing(signal: AbortSignal | undefined): Parameters<RegistryClient['rotateKey']>[1] {
  return signal ? { timeoutMs: limits.registerTimeoutMs, signal } : { timeoutMs: limits.registerTimeoutMs };
}

function rotationOf({ public_key, previous_public_key, previous_valid_until }: RotateKeyReply): KeyRotation {
  return { publicKey: public_key, previousPublicKey: previous_public_key, previousValidUntil: previous_valid_until };
}
