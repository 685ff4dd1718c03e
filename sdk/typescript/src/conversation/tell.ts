import type { AgentNode } from '../agent-node.js';
import { capabilityOf } from '../outbox/resolve-target.js';
import type { Delivery } from '../outbox/send.js';
import type { SendOptions } from '../outbox/send-options.js';

/** How something is said that needs no answer. */
export type TellOptions = Omit<SendOptions, 'payload'>;

/**
 * Sends to any form of target, `capability:<name>` included.
 *
 * @throws {AgentNetError} as `AgentNode.send`
 */
export async function tell(
  node: AgentNode,
  to: string,
  options: TellOptions & { payload: unknown },
): Promise<Delivery> {
  const capability = capabilityOf(to);
  return capability === undefined ? node.send({ ...options, to }) : node.sendToCapability({ ...options, capability });
}
