import { randomBytes } from 'node:crypto';
import type { JsonValue } from '@agentnet/protocol';
import { AgentNode, type Delivery, type ReceivedMessage, type RequestOptions, type SendOptions } from '@agentnet/sdk';
import { milliseconds } from '../output/milliseconds.js';
import type { NetworkOptions } from './network-options.js';
import type { OutgoingMessage } from './outgoing-message.js';

export interface SendWait {
  awaitReceipt: boolean;
  retryAttempts?: number;
  receiptTimeoutMs?: number;
}

/** What `agentnet send` tells. */
export interface SentSummary {
  message_id: string;
  thread_id: string;
  /** The first receipt's status, or `sent` when none was waited for. */
  status: string;
  attempts: number;
  ms: number;
}

/** What `agentnet request` tells. */
export interface ReplySummary {
  message_id: string;
  thread_id: string;
  from_account_id: string | null;
  kind: string;
  payload: JsonValue;
  ms: number;
}

/** Sends as an operator. @throws {AgentNetError} what joining or sending fails with */
export function sendAsOperator(
  network: NetworkOptions,
  message: OutgoingMessage,
  wait: SendWait,
): Promise<SentSummary> {
  const { target, ...fields } = message;
  const { awaitReceipt, ...retry } = wait;
  const options = { ...fields, ...retry, requireDeliveryAck: awaitReceipt, signal: network.wait.signal };
  return asOperator(network, async (node) => {
    const startedAt = performance.now();
    const { messageId, threadId, attempts, receipt } = await deliver(node, target, options);
    return {
      message_id: messageId,
      thread_id: threadId,
      status: receipt?.status ?? 'sent',
      attempts,
      ms: milliseconds(performance.now() - startedAt),
    };
  });
}

/** Asks as an operator. @throws {AgentNetError} what joining or the request fails with */
export function requestAsOperator(network: NetworkOptions, message: OutgoingMessage): Promise<ReplySummary> {
  const { target, ...fields } = message;
  const options = { ...fields, ...network.wait };
  return asOperator(network, async (node) => {
    const startedAt = performance.now();
    const { message_id, thread_id, from_account_id = null, kind, payload } = await ask(node, target, options);
    return { message_id, thread_id, from_account_id, kind, payload, ms: milliseconds(performance.now() - startedAt) };
  });
}

/**
 * Joins with an account of its own, so that operators never share receipts or replies, and leaves with a goodbye. Its username is as random as
 * it is short: nobody has to remember it.
 */
async function asOperator<T>(
  { natsUrl, wait: { timeoutMs, signal } }: NetworkOptions,
  work: (node: AgentNode) => Promise<T>,
): Promise<T> {
  const node = new AgentNode({
    agentId: 'cli',
    name: 'agentnet command',
    username: `cli-${randomBytes(5).toString('hex')}`,
    natsUrl,
    connection: { name: 'agentnet-cli', maxReconnectAttempts: 0, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    // Whatever matters to this command comes back from its one call.
    onError: () => undefined,
  });
  // Joining is two steps: connecting and registering.
  await node.start({ signal, ...(timeoutMs === undefined ? {} : { timeoutMs: 2 * timeoutMs }) });
  try {
    return await work(node);
  } finally {
    await node.close();
  }
}

function deliver(node: AgentNode, { kind, name }: OutgoingMessage['target'], options: SendOptions): Promise<Delivery> {
  switch (kind) {
    case 'account':
      return node.sendToAccount({ toAccountId: name, ...options });
    case 'username':
      return node.sendToUsername({ username: name, ...options });
    case 'capability':
      return node.sendToCapability({ capability: name, ...options });
  }
}

function ask(
  node: AgentNode,
  { kind, name }: OutgoingMessage['target'],
  options: RequestOptions,
): Promise<ReceivedMessage> {
  switch (kind) {
    case 'account':
      return node.requestAccount({ toAccountId: name, ...options });
    case 'username':
      return node.requestUsername({ username: name, ...options });
    case 'capability':
      return node.requestCapability({ capability: name, ...options });
  }
}
