import { type CallContext, type Hello, Refusal } from '@agentnet/protocol';
import { readPresenceCall } from '../auth/read-presence-call.js';
import type { RegistryDeps } from '../deps.js';
import { readProfile } from '../domain/agent-profile.js';
import { normalizeUsername } from '../domain/username.js';

/** Takes one sign of life; it is written with the next flush. */
export async function hello(deps: RegistryDeps, event: Hello, call: CallContext): Promise<void> {
  try {
    deps.presence.absorb({
      session_tag: event.session_tag,
      agent_id: event.agent_id,
      account_id: event.account_id || undefined,
      username: normalizeUsername(event.username ?? '') || normalizeUsername(event.agent_id),
      profile: readProfile(event),
      seenAtMs: call.receivedAtMs,
      signed: readPresenceCall(deps, event, call, 'hello'),
    });
  } catch (cause) {
    // Nobody is told on the wire, so the operator is.
    if (cause instanceof Refusal) {
      deps.log.warn({ event: 'hello_refused', session_tag: event.session_tag, code: cause.code, detail: cause.detail });
    }
    throw cause;
  }
}
