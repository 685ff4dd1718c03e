import { type CallContext, type Goodbye, Refusal } from '@agentnet/protocol';
import { readPresenceCall } from '../auth/read-presence-call.js';
import type { RegistryDeps } from '../deps.js';

/** Ends a session at once. Unknown tags and second goodbyes are harmless. */
export async function goodbye(deps: RegistryDeps, event: Goodbye, call: CallContext): Promise<void> {
  try {
    const signed = readPresenceCall(deps, event, call, 'goodbye');
    await deps.presence.goodbye({ session_tag: event.session_tag, seenAtMs: call.receivedAtMs, signed });
  } catch (cause) {
    if (cause instanceof Refusal) {
      deps.log.warn({
        event: 'goodbye_refused',
        session_tag: event.session_tag,
        code: cause.code,
        detail: cause.detail,
      });
    }
    throw cause;
  }
}
