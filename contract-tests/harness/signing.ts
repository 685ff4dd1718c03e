import { randomUUID } from 'node:crypto';
import { type Message, nowTimestamp, type RegisterReply, type RegisterRequest, subjects } from '@agentnet/protocol';
import {
  type KeyPair,
  makeKeyPair,
  messageClaims,
  rawMember,
  readAuth,
  registerClaims,
  signClaims,
  verifyClaims,
} from '@agentnet/sdk/identity';
import { type MessageText, uniqueName } from './message-builder.js';
import type { RawAccount } from './raw-account.js';
import type { RawClient } from './raw-client.js';

/** What a test changes about a signed registration. */
export interface RegistrationChanges {
  /** Claims that replace those of the request. */
  claims?: Readonly<Record<string, string>>;
  /** Members that replace those of the auth object. */
  auth?: Readonly<Record<string, unknown>>;
}

/** An account with a key of its own, in the test's hands. */
export interface SignedAccount extends RawAccount {
  readonly pair: KeyPair;
  /** The message as wire text, from this account and signed by it. */
  sign(message: MessageText, payloadText?: string): string;
}

/** A signed registration as a request body. */
export function signedRegistration(
  pair: KeyPair,
  request: RegisterRequest,
  { claims: changed = {}, auth = {} }: RegistrationChanges = {},
): RegisterRequest {
  const claims = registerClaims({
    agentId: request.agent_id,
    name: request.name || request.agent_id,
    username: request.username ?? '',
    accountId: request.account_id ?? '',
    timestamp: nowTimestamp(Date.now()),
    nonce: randomUUID(),
  });
  const signed = signClaims(new Map([...claims, ...Object.entries(changed)]), pair);
  return { ...request, auth: { ...signed, ...auth } as never };
}

/** The message as wire text with a signature over the text itself. */
export function signMessage(
  pair: KeyPair,
  message: MessageText,
  { payloadText = JSON.stringify(message.payload ?? null), legacy = false } = {},
): string {
  const { payload: _replaced, ...rest } = message;
  const all = messageClaims(factsOf(message), payloadText);
  const claims = legacy
    ? new Map([...all].filter(([name]) => name !== 'schema_version' && name !== 'idempotency_key'))
    : all;
  const auth = JSON.stringify(signClaims(claims, pair));
  return `${JSON.stringify(rest).slice(0, -1)},"payload":${payloadText},"auth":${auth}}`;
}

/** Whether a message on the wire carries a good signature of that key over what it says. */
export function isSignedBy(publicKey: string, text: string): boolean {
  const auth = readAuth(rawMember(text, 'auth') ?? 'null');
  if (typeof auth === 'string' || auth.publicKey !== publicKey || !verifyClaims(auth)) return false;
  const expected = messageClaims(factsOf(JSON.parse(text) as MessageText), rawMember(text, 'payload') ?? '');
  return expected.size === auth.claims.size && [...expected].every(([name, value]) => auth.claims.get(name) === value);
}

/** Registers an account with a signature and subscribes to its subjects. */
export async function signedAccount(client: RawClient, username = uniqueName('raw')): Promise<SignedAccount> {
  const pair = makeKeyPair();
  const request = signedRegistration(pair, { agent_id: username, username });
  const session: RegisterReply = await client.ask('register', request);
  const accountId = session.account_id;
  return {
    pair,
    accountId,
    username: session.username,
    sessionTag: session.session_tag,
    inbox: await client.subscribe(subjects.accountInbox(accountId)),
    receipts: await client.subscribe(subjects.accountReceipts(accountId)),
    acknowledge(message, fields = {}) {
      const { message_id, from_account_id } = message as Message;
      const receipt = { message_id, status: 'accepted', event_at: nowTimestamp(Date.now()), ...fields };
      client.publish(subjects.accountReceipts(from_account_id ?? ''), receipt);
    },
    sign: (message, payloadText) =>
      signMessage(pair, { ...message, from_account_id: accountId }, payloadText === undefined ? {} : { payloadText }),
  };
}

function factsOf(message: MessageText): Parameters<typeof messageClaims>[0] {
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const facts = {
    message_id: message.message_id,
    thread_id: message.thread_id,
    kind: message.kind ?? 'direct',
    schema_version: String(message.schema_version ?? '1.0'),
    ttl_ms: message.ttl_ms ?? 0,
  };
  const optional = {
    from_account_id: text(message.from_account_id),
    to_account_id: text(message.to_account_id),
    to_agent: text(message.to_agent),
    sent_at: text(message.sent_at),
    expires_at: text(message.expires_at),
    trace_id: text(message.trace_id),
    parent_message_id: text(message.parent_message_id),
    idempotency_key: text(message.idempotency_key),
  };
  return { ...facts, ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) };
}
