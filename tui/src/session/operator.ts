import type { JsonValue } from '@agentnet/protocol';
import type { AgentNode, Delivery, ReceivedMessage, RequestOptions, SendOptions } from '@agentnet/sdk';
import { milliseconds } from '../output/milliseconds.js';
import { joinOperator } from './join-operator.js';
import type { NetworkOptions } from './network-options.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** Who calls, and where. */
export interface OperatorCall {
  network: NetworkOptions;
  environment: NodeJS.ProcessEnv;
}

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
export function sendAsOperator(call: OperatorCall, message: OutgoingMessage, wait: SendWait): Promise<SentSummary> {
  const { target, ...fields } = message;
  const { awaitReceipt, ...retry } = wait;
  const options = { ...fields, ...retry, requireDeliveryAck: awaitReceipt, signal: call.network.wait.signal };
  return asOperator(call, async (node) => {
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
export function requestAsOperator(call: OperatorCall, message: OutgoingMessage): Promise<ReplySummary> {
  const { target, ...fields } = message;
  const options = { ...fields, ...call.network.wait };
  return asOperator(call, async (node) => {
    const startedAt = performance.now();
    const { message_id, thread_id, from_account_id = null, kind, payload } = await ask(node, target, options);
    return { message_id, thread_id, from_account_id, kind, payload, ms: milliseconds(performance.now() - startedAt) };
  });
}

async function asOperator<T>(
  { network, environment }: OperatorCall,
  work: (node: AgentNode) => Promise<T>,
): Promise<T> {
  const node = await joinOperator(network, { environment });
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
