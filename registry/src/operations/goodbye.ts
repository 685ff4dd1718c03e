import type { CallContext, Goodbye } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';

/** Ends a session at once. Unknown tags and second goodbyes are harmless. */
export async function goodbye(deps: RegistryDeps, event: Goodbye, call: CallContext): Promise<void> {
  await deps.presence.goodbye(event.session_tag, call.receivedAtMs);
}
