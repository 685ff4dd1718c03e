import { subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { messageBody } from './scenarios/message-body.js';

const slotMs = 20;
const agents = 20;

/** Traffic of agents that ask one another, evenly spread, until it is stopped. */
export interface Chatter {
  /** NATS messages published so far. */
  readonly published: () => number;
  stop(): Promise<void>;
}

/** One question is four NATS messages: request, receipt, reply, receipt. */
const perQuestion = 4;

/** @param perSecond - NATS messages a second. */
export async function startChatter(natsUrl: string, perSecond: number): Promise<Chatter> {
  const connection = await connect({ url: natsUrl, name: 'agentnet-bench-chatter' });
  for (let agent = 0; agent < agents; agent++) connection.publish(subjects.registryHello, helloOf(agent));
  const begun = performance.now();
  let asked = 0;
  const talking = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) / 1000) * (perSecond / perQuestion));
    while (asked < due) askAndAnswer(connection, asked++);
  }, slotMs);
  return {
    published: () => asked * perQuestion,
    async stop() {
      clearInterval(talking);
      await connection.close();
    },
  };
}

function askAndAnswer(connection: NatsConnection, number: number): void {
  const [from, to] = [accountOf(number % agents), accountOf((number * 7 + 1) % agents)];
  const messageId = crypto.randomUUID().replaceAll('-', '');
  const place = { thread_id: `thread_bench_${number % 200}`, trace_id: messageId };
  const reply = `_INBOX.agentnet.bench.${number}`;
  const request = { ...place, message_id: messageId, kind: 'request', from_account_id: from, to_account_id: to };
  connection.publish(subjects.accountInbox(to), messageBody(request), { reply });
  const receipts = subjects.accountReceipts(from);
  const receipt = { ...place, message_id: messageId, from_account_id: to, to_account_id: from };
  const receiptOf = (status: string) =>
    JSON.stringify({ ...receipt, status, event_at: new Date().toISOString(), detail: null });
  connection.publish(receipts, receiptOf('accepted'));
  const answer = { ...place, kind: 'reply', parent_message_id: messageId, from_account_id: to, to_account_id: from };
  connection.publish(reply, messageBody(answer));
  connection.publish(receipts, receiptOf('processed'));
}

function accountOf(agent: number): string {
  return `acct_bench_${agent}`;
}

function helloOf(agent: number): string {
  return JSON.stringify({
    agent_id: `bench_${agent}`,
    name: `Bench ${agent}`,
    session_tag: `bench_tag_${agent}`,
    account_id: accountOf(agent),
    username: `bench_${agent}`,
  });
}
