import { randomBytes } from 'node:crypto';
import { RegistryClient } from '@agentnet/protocol';
import { AgentNode } from '@agentnet/sdk';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import type { Network } from '../up/run-network.js';
import { calculate } from './calculate.js';
import type { Cast, Scene } from './scene.js';

/** The demo's agents and what the story needs besides, until `clear`. */
export interface Stage {
  scene: Scene;
  /** The agents say goodbye. */
  clear(): Promise<void>;
}

/** Lets the agents of the demo join. */
export async function setStage({ natsUrl, signal }: Network): Promise<Stage> {
  const cast = makeCast(natsUrl);
  const connection = await connect({ url: natsUrl, name: 'agentnet-demo', signal });
  const clear = async () => {
    await Promise.allSettled([...Object.values(cast).map((node) => node.close()), connection.close()]);
  };
  try {
    for (const node of Object.values(cast)) await node.start({ signal });
  } catch (cause) {
    await clear();
    throw cause;
  }
  const transport = natsTransport(connection);
  const threadId = `demo_${randomBytes(4).toString('hex')}`;
  const registry = new RegistryClient(transport);
  return { scene: { cast, registry, transport, flush: () => connection.flush(), threadId, signal }, clear };
}

/** Agents as everybody writes them, with default limits. */
function makeCast(natsUrl: string): Cast {
  // What goes wrong fails a step of the story; when NATS dies, the command itself says so.
  const common = { natsUrl, onError: () => undefined };
  const echo = new AgentNode({ agentId: 'echo', name: 'Echo', username: 'echo', ...common });
  echo.onMessage(async ({ reply_to, payload }, context) => {
    if (reply_to !== undefined) await context.reply(payload);
  });
  const calculator = new AgentNode({
    agentId: 'calculator',
    name: 'Calculator',
    username: 'calculator',
    capabilities: ['calculator'],
    ...common,
  });
  calculator.onMessage(async ({ reply_to, payload }, context) => {
    if (reply_to !== undefined) await context.reply(calculate(payload));
  });
  return { echo, calculator, guide: new AgentNode({ agentId: 'guide', name: 'Guide', username: 'guide', ...common }) };
}
