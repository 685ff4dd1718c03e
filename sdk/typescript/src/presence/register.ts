import { limits, type RegisterRequest, type RegistryClient } from '@agentnet/protocol';
import type { AgentProfile } from '../options.js';

/** Who this process is on the network, as the registry said. */
export interface Session extends AgentProfile {
  readonly accountId: string;
  readonly username: string;
  readonly sessionTag: string;
  /** Milliseconds between hellos. */
  readonly heartbeatMs: number;
}

/** What `register` needs besides the profile. */
export interface RegisterOptions {
  /** Used when the registry names no interval. */
  heartbeatMs: number;
  signal: AbortSignal;
}

/** Opens a session. Spec: operation `register`. */
export async function register(
  registry: RegistryClient,
  profile: AgentProfile,
  { heartbeatMs, signal }: RegisterOptions,
): Promise<Session> {
  const reply = await registry.register(requestOf(profile), { signal });
  const offered = reply.heartbeat_interval > 0 ? reply.heartbeat_interval * 1000 : heartbeatMs;
  return {
    ...profile,
    accountId: reply.account_id,
    username: reply.username,
    sessionTag: reply.session_tag,
    heartbeatMs: Math.max(offered, limits.heartbeatIntervalMinSeconds * 1000),
  };
}

function requestOf({ agentId, name, capabilities, metadata, accountId, username }: AgentProfile): RegisterRequest {
  const request: RegisterRequest = { agent_id: agentId, name, capabilities: [...capabilities], metadata };
  if (accountId !== undefined) request.account_id = accountId;
  if (username !== undefined) request.username = username;
  return request;
}
