import { join } from 'node:path';
import { AgentNode, type MessageHandler } from '@agentnet/sdk';
import { configFolder } from './config-folder.js';
import type { NetworkOptions } from './network-options.js';
import { operatorName } from './operator-name.js';

/** How an operator joins. */
export interface OperatorOptions {
  environment: NodeJS.ProcessEnv;
  /** Takes what is sent to the operator; without it nobody gets a receipt for that. */
  onMessage?: MessageHandler;
  /** Attempts to get a lost connection back: none for a single call, for ever for a conversation. @default 0 */
  maxReconnectAttempts?: number;
}

/**
 * Joins as this person's one account, with a session of its own: replies and receipts of this process reach no other, and those of others
 * are left alone. `close()` says goodbye.
 *
 * @throws {AgentNetError} what joining fails with
 */
export async function joinOperator(
  { natsUrl, wait: { timeoutMs, signal } }: NetworkOptions,
  { environment, onMessage, maxReconnectAttempts = 0 }: OperatorOptions,
): Promise<AgentNode> {
  const node = new AgentNode({
    agentId: 'cli',
    name: 'agentnet command',
    username: operatorName(environment),
    metadata: { role: 'operator' },
    natsUrl,
    // The key belongs to the account, not to the folder a command happens to be typed in.
    auth: { keyDir: environment['DEV_AUTH_KEY_DIR'] || join(configFolder(environment), 'keys') },
    connection: { name: 'agentnet-cli', maxReconnectAttempts, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    // Whatever matters to a command comes back from its calls.
    onError: () => undefined,
  });
  if (onMessage) node.onMessage(onMessage);
  // Joining is two steps: connecting and registering.
  await node.start({ signal, ...(timeoutMs === undefined ? {} : { timeoutMs: 2 * timeoutMs }) });
  return node;
}
