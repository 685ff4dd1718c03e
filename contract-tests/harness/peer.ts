import type { JsonValue } from '@agentnet/protocol';
import {
  AgentNode,
  type AgentNodeOptions,
  type HandlerContext,
  type ReceivedMessage,
  type RequestOptions,
  type SendOptions,
} from '@agentnet/sdk';
import { uniqueName } from './message-builder.js';

export interface PeerOptions extends Partial<Omit<AgentNodeOptions, 'natsUrl'>> {
  /** Handles messages after they were noted in `handled`; what it throws, the agent's handler throws. */
  onMessage?: (message: ReceivedMessage, context: HandlerContext) => unknown;
}

/** An agent of the SDK under test, in this process. */
export interface Peer extends AsyncDisposable {
  readonly node: AgentNode;
  readonly agentId: string;
  readonly accountId: string;
  readonly username: string;
  readonly sessionTag: string;
  /** The messages its handler got, in order. */
  readonly handled: readonly ReceivedMessage[];
  /** Sends to any form of target and returns the message id. */
  send(to: string, payload: JsonValue, options?: Omit<SendOptions, 'payload'>): Promise<string>;
  request(to: string, payload: JsonValue, options?: Omit<RequestOptions, 'payload'>): Promise<ReceivedMessage>;
  requestCapability(capability: string, payload: JsonValue): Promise<ReceivedMessage>;
  close(): Promise<void>;
}

/** Starts an agent with a unique name and a handler. Failures its sender is told of are not logged again. */
export async function startPeer(natsUrl: string, { onMessage, ...options }: PeerOptions = {}): Promise<Peer> {
  const agentId = options.agentId ?? uniqueName('peer');
  const node = new AgentNode({ onError: () => {}, ...options, agentId, natsUrl });
  const handled: ReceivedMessage[] = [];
  node.onMessage(async (message, context) => {
    handled.push(message);
    await onMessage?.(message, context);
  });
  await node.start();
  const close = (): Promise<void> => node.close();
  return {
    node,
    agentId,
    accountId: node.accountId,
    username: node.username,
    sessionTag: node.sessionTag,
    handled,
    send: async (to, payload, sending = {}) => (await node.send({ ...sending, to, payload })).messageId,
    request: (to, payload, asking = {}) => node.request({ ...asking, to, payload }),
    requestCapability: (capability, payload) => node.requestCapability({ capability, payload }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
