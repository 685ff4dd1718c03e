import { randomUUID } from 'node:crypto';
import {
  headers as headerNames,
  nowTimestamp,
  operations,
  type Receipt,
  type RegisterReply,
  type SigningPurpose,
  subjects,
} from '@agentnet/protocol';
import {
  type KeyPair,
  makeKeyPair,
  readDetachedHeader,
  type Statement,
  signDetached,
  verifyDetached,
} from '@agentnet/sdk/identity';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { uniqueName } from './message-builder.js';
import type { RawAccount } from './raw-account.js';
import type { RawClient } from './raw-client.js';
import type { Frame } from './raw-subscription.js';

/** What is signed, where it differs from the truth. */
export interface Seal extends Partial<Omit<Statement, 'publicKey'>> {
  readonly pair?: KeyPair;
  readonly subject?: string;
  readonly reply?: string;
  readonly body?: object | string;
}

/** An account that signs with `ed25519-v2`, in the test's hands. */
export interface DetachedAccount extends RawAccount {
  readonly pair: KeyPair;
  readonly agentId: string;
  /** Publishes a body with its signature; `seal` says what is signed instead. */
  publish(purpose: SigningPurpose, subject: string, body: object | string, seal?: Seal & { to?: string }): void;
}

/** The header of a signature, as NATS carries it. */
export function sealed(
  pair: KeyPair,
  statement: Omit<Statement, 'publicKey'>,
  place: Parameters<typeof signDetached>[1],
): MsgHdrs {
  const set = headers();
  set.set(headerNames.signature, signDetached(statement, place, pair));
  return set;
}

/** Whether a frame carries a good signature of that key for where it was heard. */
export function isSealedBy(publicKey: string, frame: Frame): boolean {
  const signature = readDetachedHeader(frame.header(headerNames.signature) ?? '');
  return typeof signature === 'object' && signature.publicKey === publicKey && verifyDetached(signature, frame);
}

/** What a frame was signed for; undefined when it was not. */
export function purposeOf(frame: Frame): string | undefined {
  const signature = readDetachedHeader(frame.header(headerNames.signature) ?? '');
  return typeof signature === 'object' ? signature.purpose : undefined;
}

/** Registers an account with `ed25519-v2` and subscribes to its subjects. */
export async function detachedAccount(client: RawClient, username = uniqueName('raw')): Promise<DetachedAccount> {
  const pair = makeKeyPair();
  const { account_id: accountId, session_tag: sessionTag, ...session } = await registerSealed(client, pair, username);
  const publish: DetachedAccount['publish'] = (purpose, subject, body, { to, reply, ...seal } = {}) => {
    const identity = {
      purpose,
      accountId,
      agentId: username,
      sessionTag,
      signedAt: nowTimestamp(Date.now()),
      nonce: '',
    };
    const signed = textOf(seal.body ?? body);
    const place = { subject: seal.subject ?? subject, reply, body: Buffer.from(signed) };
    const set = sealed(seal.pair ?? pair, { ...identity, ...seal }, place);
    client.publish(subject, textOf(body), {
      ...(to === undefined && reply === undefined ? {} : { reply: to ?? reply ?? '' }),
      headers: set,
    });
  };
  return {
    pair,
    agentId: username,
    accountId,
    sessionTag,
    username: session.username,
    inbox: await client.subscribe(subjects.accountInbox(accountId)),
    receipts: await client.subscribe(subjects.accountReceipts(accountId)),
    publish,
    acknowledge(message, fields = {}) {
      const { message_id, from_account_id, trace_id, thread_id } = message as Receipt;
      const about = { message_id, status: 'accepted', event_at: nowTimestamp(Date.now()), trace_id, thread_id };
      const receipt = {
        ...about,
        from_account_id: accountId,
        from_session_tag: sessionTag,
        to_account_id: from_account_id,
        ...fields,
      };
      publish('receipt', subjects.accountReceipts(from_account_id ?? ''), receipt);
    },
  };
}

async function registerSealed(client: RawClient, pair: KeyPair, username: string): Promise<RegisterReply> {
  const { subject } = operations.register;
  const reply = client.inbox();
  const answers = await client.subscribe(reply);
  const body = JSON.stringify({ agent_id: username, username });
  const statement = { purpose: 'register', accountId: '', agentId: username, sessionTag: '' } as const;
  const when = { signedAt: nowTimestamp(Date.now()), nonce: randomUUID() };
  const set = sealed(pair, { ...statement, ...when }, { subject, reply, body: Buffer.from(body) });
  client.publish(subject, body, { reply, headers: set });
  const { json } = await answers.next();
  answers.unsubscribe();
  return json as RegisterReply;
}

const textOf = (body: object | string): string => (typeof body === 'string' ? body : JSON.stringify(body));
