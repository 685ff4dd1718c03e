import {
  type Feature,
  limits,
  nowTimestamp,
  type RegisterRequest,
  type RegistryClient,
  type SigningPolicy,
} from '@agentnet/protocol';
import { registerClaims } from '../identity/claims.js';
import type { KeyPair } from '../identity/key-pair.js';
import { signClaims } from '../identity/signature.js';
import type { AgentProfile } from '../options.js';

/** Replies may say what the receipts of requests would. Spec: rule `receipt.with-reply.feature`. */
export const receiptsWithReply: Feature = 'receipts_with_reply';

/** Who this process is on the network, as the registry said. */
export interface Session extends AgentProfile {
  readonly accountId: string;
  readonly username: string;
  readonly sessionTag: string;
  /** Milliseconds between hellos. */
  readonly heartbeatMs: number;
  /** Features that the registry has. */
  readonly features: ReadonlySet<string>;
}

/** What `register` needs besides the profile. */
export interface RegisterOptions {
  /** Used when the registry names no interval. */
  heartbeatMs: number;
  signal: AbortSignal;
  /** Signs the registration; without it nothing is signed. */
  signWith?: { readonly pair: KeyPair; readonly nowMs: number; readonly nonce: string } | undefined;
}

/** A session, and how the registry wants to be signed for. */
export interface Registered {
  readonly session: Session;
  /** Absent when the registry binds no keys. */
  readonly signing: SigningPolicy | undefined;
}

/** Opens a session. Spec: operation `register`. */
export async function register(
  registry: RegistryClient,
  profile: AgentProfile,
  { heartbeatMs, signal, signWith }: RegisterOptions,
): Promise<Registered> {
  const request = requestOf(profile);
  const reply = await registry.register(signWith ? signed(request, signWith) : request, { signal });
  const offered = reply.heartbeat_interval > 0 ? reply.heartbeat_interval * 1000 : heartbeatMs;
  const session = {
    ...profile,
    accountId: reply.account_id,
    username: reply.username,
    sessionTag: reply.session_tag,
    heartbeatMs: Math.max(offered, limits.heartbeatIntervalMinSeconds * 1000),
    features: new Set(reply.features),
  };
  return { session, signing: reply.signing };
}

function requestOf({ agentId, name, capabilities, metadata, accountId, username }: AgentProfile): RegisterRequest {
  const request: RegisterRequest = {
    agent_id: agentId,
    name,
    capabilities: [...capabilities],
    metadata,
    features: [receiptsWithReply],
  };
  if (accountId !== undefined) request.account_id = accountId;
  if (username !== undefined) request.username = username;
  return request;
}

/** Always names the username: a registry compares the signed one with the account's, which is never empty. */
function signed(
  request: RegisterRequest,
  { pair, nowMs, nonce }: NonNullable<RegisterOptions['signWith']>,
): RegisterRequest {
  const { agent_id, name, account_id } = request;
  const username = request.username || agent_id;
  const claims = registerClaims({
    agentId: agent_id,
    name: name || agent_id,
    username,
    accountId: account_id ?? '',
    timestamp: nowTimestamp(nowMs),
    nonce,
  });
  return { ...request, username, auth: { ...signClaims(claims, pair) } };
}
