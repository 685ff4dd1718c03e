import { decodeJson, headers, type MessageHeaders, type RegistryClient, subjects } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { NatsTransport } from '../connection/nats-transport.js';
import { registryQueries } from '../connection/registry-queries.js';
import { signingTransport } from '../connection/signing-transport.js';
import { toAgentNetError } from '../connection/to-agentnet-error.js';
import { type AgentNetError, TransportError } from '../errors.js';
import { detachedScheme, type Place } from '../identity/detached-text.js';
import { KeyRing } from '../identity/key-ring.js';
import { KeyStore } from '../identity/key-store.js';
import { MessageVerifier, type Recipient } from '../identity/message-verifier.js';
import { Signer } from '../identity/signer.js';
import type { AgentProfile, KeyFile } from '../options.js';
import { freshNonce } from './change-key.js';
import { type Registered, type RegisterOptions, register, type Session } from './register.js';

/** What signing is set up with. */
export interface SigningParts {
  readonly transport: NatsTransport;
  readonly registry: RegistryClient;
  readonly clock: Clock;
  readonly keyFile: KeyFile;
  readonly onError: (error: AgentNetError) => void;
}

/** What one session signs and verifies with. */
export class Signing {
  readonly store: KeyStore;
  readonly keys: KeyRing;
  readonly signer: Signer;
  readonly #parts: SigningParts;

  private constructor(parts: SigningParts, { store, keys, signer }: Pick<Signing, 'store' | 'keys' | 'signer'>) {
    this.#parts = parts;
    this.store = store;
    this.keys = keys;
    this.signer = signer;
  }

  /** Reads the key, or makes it. */
  static async open(
    parts: SigningParts,
    { agentId, accountId = '' }: { agentId: string; accountId?: string },
  ): Promise<Signing> {
    const { registry, clock, keyFile, onError } = parts;
    const store = new KeyStore({ ...keyFile, onExposed: onError });
    const keys = new KeyRing(registry, clock);
    const identity = { accountId, agentId, sessionTag: '' };
    const signer = new Signer({ pair: await store.load(), identity, keys, now: () => clock.now() });
    return new Signing(parts, { store, keys, signer });
  }

  /**
   * Registers with the key of the name; with the one a rotation left behind, if the registry says that the rotation happened.
   *
   * @throws {AgentNetError} `auth_v2_unavailable`, and what the registry refuses with
   */
  async register(profile: AgentProfile, options: RegisterOptions): Promise<Session> {
    const registered = await this.#registerWithEither(profile, options);
    const { session, signing } = registered;
    if (this.#parts.keyFile.requireV2 && !signing?.schemes.includes(detachedScheme)) {
      throw new TransportError(
        'auth_v2_unavailable',
        'auth.require is v2, but the registry does not verify ed25519-v2',
      );
    }
    this.signer.isV2Required = this.#parts.keyFile.requireV2 || signing?.required === detachedScheme;
    this.signer.join(session);
    return session;
  }

  verifierFor(recipient: Recipient): MessageVerifier {
    const { clock, keyFile } = this.#parts;
    return new MessageVerifier({
      keys: this.keys,
      recipient,
      requireV2: keyFile.requireV2,
      elapsed: () => clock.elapsed(),
    });
  }

  /** The registry's events, signed. */
  get presence(): RegistryClient {
    const sign = (place: Place): MessageHeaders =>
      this.signer.seal(place.subject === subjects.registryGoodbye ? 'goodbye' : 'hello', place);
    return registryQueries(signingTransport(this.#parts.transport, sign), this.#parts.clock);
  }

  /** Forgets what the registry says has changed; what was announced while the connection was down is made good by `keys.forgetAll`. */
  listen(accountId: string): void {
    const { transport, onError } = this.#parts;
    transport.subscribe(subjects.keyChanges, {}, ({ body }) => {
      const decoded = decodeJson('KeyChange', body);
      if (!decoded.ok) return;
      this.keys.forget(decoded.value.account_id);
      if (decoded.value.account_id === accountId)
        void this.#follow(accountId).catch((cause: unknown) => onError(toAgentNetError(cause)));
    });
  }

  /** Another session of this account may have replaced the key; its file is this agent's file too. */
  async #follow(accountId: string): Promise<void> {
    const found = await this.keys.find(accountId);
    if (typeof found === 'string' || found.publicKey === this.signer.pair.publicKey) return;
    const pair = await this.store.find(found.publicKey);
    if (pair) this.signer.replacePair(pair);
    else
      this.#parts.onError(
        new TransportError(
          'auth_public_key_mismatch',
          `${accountId} was given a key that is not in ${this.#parts.keyFile.keyDir}; copy its key file there and start again`,
        ),
      );
  }

  async #registerWithEither(profile: AgentProfile, options: RegisterOptions): Promise<Registered> {
    const staged = await this.store.staged();
    try {
      return await this.#register(profile, options);
    } catch (cause) {
      const error = toAgentNetError(cause);
      if (!staged || error.code !== 'auth_public_key_mismatch') throw error;
      this.signer.replacePair(staged);
      const registered = await this.#register(profile, options);
      await this.store.confirm(staged);
      return registered;
    }
  }

  /** One nonce for both schemes: whoever strips the header cannot use the rest. */
  #register(profile: AgentProfile, options: RegisterOptions): Promise<Registered> {
    const { transport, clock } = this.#parts;
    const { signer } = this;
    const nonce = freshNonce();
    const registry = registryQueries(
      signingTransport(transport, (place) => ({ [headers.signature]: signer.sign('register', place, { nonce }) })),
      clock,
    );
    return register(registry, profile, { ...options, signWith: { pair: signer.pair, nowMs: clock.now(), nonce } });
  }
}
