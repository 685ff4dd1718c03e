import {
  type KeyFileOptions,
  loadKeyPair,
  promoteKeyPair,
  shelveKeyPair,
  stagedKeyPair,
  stageKeyPair,
} from './key-file.js';
import type { KeyPair } from './key-pair.js';

/** The key files of one name. At every moment one of them holds the key the account is bound to. Spec: rule `auth.key.file`. */
export class KeyStore {
  readonly #file: KeyFileOptions;

  constructor(file: KeyFileOptions) {
    this.#file = file;
  }

  /** The key of the name; made on first use. */
  load(): Promise<KeyPair> {
    return loadKeyPair(this.#file);
  }

  /** The key a rotation offers. */
  stage(): Promise<KeyPair> {
    return stageKeyPair(this.#file);
  }

  /** The key of a rotation that may have happened without this agent hearing of it. */
  staged(): Promise<KeyPair | undefined> {
    return stagedKeyPair(this.#file);
  }

  /** The registry has accepted `pair`, which was staged here or is the name's already. */
  async confirm(pair: KeyPair): Promise<void> {
    if ((await this.staged())?.publicKey === pair.publicKey) await promoteKeyPair(this.#file);
  }

  /** The key with this public half, whichever file has it. */
  async find(publicKey: string): Promise<KeyPair | undefined> {
    // In this order: a staged key that is promoted meanwhile has become the name's key.
    const staged = await this.staged();
    if (staged?.publicKey === publicKey) return staged;
    const pair = await this.load();
    return pair.publicKey === publicKey ? pair : undefined;
  }

  /** The key was revoked. */
  shelve(): Promise<void> {
    return shelveKeyPair(this.#file);
  }
}
