import type { CallContext } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';

/**
 * Decides whether a call may be made; runs before every operation and refuses by throwing a `Refusal`.
 * Whoever holds the NATS credentials may call everything; rights per account are decided here once calls are signed.
 */
export async function authorize(_deps: RegistryDeps, _call: CallContext): Promise<void> {}
