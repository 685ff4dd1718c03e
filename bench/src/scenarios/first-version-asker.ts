import { aMessage } from '@agentnet/contract-tests/harness/message-builder';
import { rawClient } from '@agentnet/contract-tests/harness/raw-client';
import { type SignedAccount, signedAccount } from '@agentnet/contract-tests/harness/signing';
import { type JsonValue, subjects } from '@agentnet/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import type { ResponderAddresses } from '../responder-process.js';

/** Asks as a peer of the protocol's first version does: the request carries a `dev-ed25519-v1` signature, the reply none that it could verify. */
export class FirstVersionAsker {
  readonly #connection: NatsConnection;
  readonly #account: SignedAccount;
  readonly #toAccountId: string;

  private constructor(connection: NatsConnection, account: SignedAccount, toAccountId: string) {
    this.#connection = connection;
    this.#account = account;
    this.#toAccountId = toAccountId;
  }

  static async open(natsUrl: string, { accountId }: ResponderAddresses): Promise<FirstVersionAsker> {
    const client = await rawClient(natsUrl);
    const account = await signedAccount(client, 'bench_first_version');
    // They would keep every frame in memory.
    for (const heard of [account.inbox, account.receipts]) heard.unsubscribe();
    return new FirstVersionAsker(client.connection, account, accountId);
  }

  async ask(payload: JsonValue): Promise<void> {
    const message = aMessage({ kind: 'request', to: this.#toAccountId, payload });
    await this.#connection.request(subjects.accountInbox(this.#toAccountId), this.#account.sign(message), {
      timeout: 5000,
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
