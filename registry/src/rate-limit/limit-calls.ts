import {
  type ErrorReply,
  encodeJson,
  errorText,
  operations,
  type RpcName,
  type Transport,
  type TransportMessage,
} from '@agentnet/protocol';
import type { CallBudget } from './call-budget.js';
import { clientOf } from './client-of.js';

export interface CallLimit {
  readonly budget: CallBudget;
  onRefused(operation: RpcName): void;
}

const rpcOfSubject = new Map<string, RpcName>();
for (const [name, { role, subject }] of Object.entries(operations))
  if (role === 'rpc') rpcOfSubject.set(subject, name as RpcName);

/** The same transport; calls beyond the budget are refused before anything reads them. Events are nobody's and pass. */
export function limitCalls(transport: Transport, { budget, onRefused }: CallLimit): Transport {
  return {
    request: (subject, body, options) => transport.request(subject, body, options),
    publish: (subject, body, options) => transport.publish(subject, body, options),
    subscribe(subject, options, onMessage) {
      const operation = rpcOfSubject.get(subject);
      if (operation === undefined) return transport.subscribe(subject, options, onMessage);
      const admit = (message: TransportMessage) => {
        const retryAfterMs = message.reply ? budget.take(clientOf(message.reply)) : 0;
        if (retryAfterMs === 0) return onMessage(message);
        onRefused(operation);
        transport.publish(message.reply ?? '', refusal(operation, retryAfterMs));
      };
      return transport.subscribe(subject, options, admit);
    },
  };
}

function refusal(operation: RpcName, retryAfterMs: number): Uint8Array {
  const reply: ErrorReply = {
    error: errorText(operation, 'rate_limited'),
    code: 'rate_limited',
    detail: `too many calls; try again in ${retryAfterMs} ms`,
    retry_after_ms: retryAfterMs,
  };
  return encodeJson(reply);
}
