import type { RegistryDeps } from '../deps.js';

/** Sessions heard at or after this instant are online; the status column alone never decides. */
export function onlineCutoffMs({ config, now }: Pick<RegistryDeps, 'config' | 'now'>): number {
  return now() - config.agentTtlSeconds * 1000;
}
