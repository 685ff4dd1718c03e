import { randomUUID } from 'node:crypto';
import {
  headers as headerNames,
  nowTimestamp,
  operations,
  type RpcName,
  type SigningPurpose,
} from '@agentnet/protocol';
import { type KeyPair, type Place, signDetached } from '@agentnet/sdk/identity';
import { createInbox, headers, type MsgHdrs } from '@nats-io/transport-node';
import type { Wire, WireReply } from './wire.js';

/** Who signs a call, and what of it. */
export interface CallSigner {
  readonly pair: KeyPair;
  readonly purpose: SigningPurpose;
  readonly accountId?: string;
  readonly agentId?: string;
  readonly sessionTag?: string;
  readonly signedAtMs: number;
  readonly nonce?: string;
  /** Signs the request a second time, as the new key. */
  readonly proof?: KeyPair;
  /** What is signed in place of the body. */
  readonly signedBody?: string;
}

/** One NATS request with an `ed25519-v2` signature. */
export async function askSigned(wire: Wire, name: RpcName, body: object, signer: CallSigner): Promise<WireReply> {
  const { subject } = operations[name];
  const reply = createInbox();
  const text = JSON.stringify(body);
  const place = { subject, reply, body: Buffer.from(signer.signedBody ?? text) };
  const answer = await wire.connection.request(subject, text, {
    timeout: 5000,
    noMux: true,
    reply,
    headers: headersOf(signer, place),
  });
  return JSON.parse(answer.string());
}

/** Publishes a signed hello or goodbye; returns when the server has it, and what was sent, to send it again. */
export async function tellSigned(
  wire: Wire,
  name: 'hello' | 'goodbye',
  body: object,
  signer: CallSigner,
): Promise<() => Promise<void>> {
  const { subject } = operations[name];
  const text = JSON.stringify(body);
  const signed = headersOf(signer, { subject, body: Buffer.from(text) });
  const send = async () => {
    wire.connection.publish(subject, text, { headers: signed });
    await wire.connection.flush();
  };
  await send();
  return send;
}

function headersOf(signer: CallSigner, place: Place): MsgHdrs {
  const { purpose, accountId = '', agentId = 'agent', sessionTag = '', signedAtMs } = signer;
  const nonce = signer.nonce ?? (purpose === 'hello' || purpose === 'goodbye' ? '' : randomUUID());
  const statement = { purpose, accountId, agentId, sessionTag, signedAt: nowTimestamp(signedAtMs), nonce };
  const set = headers();
  set.set(headerNames.signature, signDetached(statement, place, signer.pair));
  if (signer.proof) set.set(headerNames.keyProof, signDetached(statement, place, signer.proof));
  return set;
}
