import { type ErrorCode, limits } from '@agentnet/protocol';
import type { AgentNode } from '../agent-node.js';
import { RemoteError } from '../errors.js';
import { capabilityOf } from '../outbox/resolve-target.js';
import type { RequestOptions } from '../outbox/send-options.js';
import { type AskResult, toAskResult } from './ask-result.js';

/** How a question is asked. `timeoutMs` is 60,000 unless said otherwise: one long model call fits. */
export type AskOptions = Omit<RequestOptions, 'payload' | 'throwOnError'>;

/** Codes that mean the same to somebody who asks; the one that stood on the wire is the error's `remoteCode`. */
const sameToAsker: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = { shutting_down: 'busy', missing_ttl: 'expired' };

/**
 * Sends a request to any form of target, `capability:<name>` included, and waits for the answer.
 *
 * @throws {AgentNetError} as `AgentNode.request`; an error reply's code, with `busy` for `shutting_down` and `expired` for `missing_ttl`
 */
export async function ask(node: AgentNode, to: string, options: AskOptions & { payload: unknown }): Promise<AskResult> {
  const request = { timeoutMs: limits.askTimeoutMs, ...options };
  const capability = capabilityOf(to);
  try {
    const reply =
      capability === undefined
        ? await node.request({ ...request, to })
        : await node.requestCapability({ ...request, capability });
    return toAskResult(reply);
  } catch (cause) {
    throw cause instanceof RemoteError ? toAskersError(cause) : cause;
  }
}

function toAskersError(error: RemoteError): RemoteError {
  const code = sameToAsker[error.code];
  if (code === undefined) return error;
  const { detail, remoteCode = error.code, remoteDetail = detail } = error;
  return new RemoteError(code, detail, { cause: error, remoteCode, remoteDetail });
}
