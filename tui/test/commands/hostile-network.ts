import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeJson,
  type JsonValue,
  type Message,
  operations,
  type SchemaName,
  subjectPatterns,
  subjects,
} from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { findNatsServer } from '../../src/up/find-nats-server.js';
import { startNatsServer } from '../../src/up/nats-server.js';
import { hostileText } from '../text/hostile-text.js';
import { exampleOf, makeHostile } from '../text/make-hostile.js';

/** A real server on which a registry and an agent answer everything, with whatever their schemas allow. */
export interface HostileNetwork {
  natsUrl: string;
  /** Says something nobody asked for: a message, a receipt, rubbish. */
  chatter(): Promise<void>;
  stop(): Promise<void>;
}

export async function startHostileNetwork(random: () => number): Promise<HostileNetwork> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentnet-tui-'));
  const settings = { host: '127.0.0.1', port: 0, token: 'own', dataDir };
  const server = await startNatsServer(findNatsServer(process.env), settings);
  const natsUrl = `nats://own@127.0.0.1:${server.port}`;
  const connection = await connect({ url: natsUrl });
  const hostile = (schema: SchemaName) => makeHostile(schema, exampleOf(schema), random);
  for (const operation of Object.values(operations)) {
    if (!('reply' in operation)) continue;
    const { subject, reply } = operation;
    // Joining and finding the addressee have to succeed, or nothing is ever sent.
    const isPlain = reply === 'RegisterReply' || reply === 'ResolveAccountReply';
    const answer = () => encodeJson(isPlain ? exampleOf(reply) : hostile(reply));
    connection.subscribe(subject, {
      callback: (_error, asked) => {
        asked.respond(answer());
      },
    });
  }
  for (const subject of [subjectPatterns.accountInbox, subjectPatterns.capability]) {
    connection.subscribe(subject, { callback: (_error, asked) => answerAsAgent(connection, asked, random) });
  }
  await connection.flush();
  return {
    natsUrl,
    async chatter() {
      connection.publish('_INBOX.agentnet.x.1', encodeJson(hostile('Message')));
      connection.publish(subjects.accountReceipts('acct_1'), encodeJson(hostile('Receipt')));
      connection.publish(subjects.accountReceipts('acct_1'), hostileText(random));
      await connection.flush();
    },
    async stop() {
      await connection.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** An answer with a payload of its own making; or, without a reply subject, a refusal. */
function answerAsAgent(connection: NatsConnection, asked: Msg, random: () => number): void {
  const message = asked.json<Message>();
  const { message_id, thread_id, trace_id, from_account_id, to_account_id } = message;
  const ids = { thread_id, trace_id, from_account_id: to_account_id ?? 'acct_x', to_account_id: from_account_id };
  if (asked.reply && asked.reply !== '') {
    const kind = random() < 0.5 ? 'reply' : 'error';
    const payload = kind === 'reply' ? madeUp(random) : { error: hostileText(random), detail: hostileText(random) };
    const answer = { ...message, ...ids, message_id: `${message_id}r`, parent_message_id: message_id, kind, payload };
    asked.respond(encodeJson(answer as unknown as JsonValue));
    return;
  }
  const refusal = { status: 'rejected', code: hostileText(random), detail: hostileText(random) };
  const receipt = { ...ids, message_id, event_at: new Date(0).toISOString(), ...refusal };
  connection.publish(subjects.accountReceipts(String(from_account_id)), encodeJson(receipt as unknown as JsonValue));
}

function madeUp(random: () => number): JsonValue {
  return random() < 0.5
    ? hostileText(random)
    : { text: hostileText(random), [hostileText(random)]: [hostileText(random)] };
}
