import { limits } from '@agentnet/protocol';
import { AgentNetError, TransportError } from '../errors.js';
import type { Outbox } from './outbox.js';
import type { Target } from './resolve-target.js';

/**
 * Asks the registry whether anybody is online for `target`. History capture hides NATS's own answer to a request that nobody is subscribed to,
 * so this is how an absent recipient is noticed long before the request's timeout.
 *
 * @returns the error to fail with, or undefined when somebody is online or the registry cannot tell
 */
export async function probePresence({ registry }: Outbox, target: Target): Promise<AgentNetError | undefined> {
  const options = { timeoutMs: limits.resolveTimeoutMs };
  try {
    if (target.to_account_id === undefined) {
      const capability = target.to_agent.slice(target.to_agent.indexOf(':') + 1);
      const { results } = await registry.search({ capability, online_only: true, limit: 1 }, options);
      return results.length === 0 ? offline(`nobody online offers ${capability}`) : undefined;
    }
    const { profile } = await registry.profile({ account_id: target.to_account_id }, options);
    return profile.online ? undefined : offline(`${target.to_account_id} has no session online`);
  } catch (cause) {
    if (!(cause instanceof AgentNetError)) throw cause;
    return cause.code === 'not_found' ? offline(`no account ${target.to_agent} is on record`) : undefined;
  }
}

function offline(detail: string): AgentNetError {
  return new TransportError('recipient_offline', detail);
}
