import {
  type CallContext,
  type Feature,
  Refusal,
  type RegisterReply,
  type RegisterRequest,
  type SigningPolicy,
} from '@agentnet/protocol';
import { detachedScheme, devScheme } from '@agentnet/sdk/identity';
import { type Admission, admit, bindKey } from '../auth/admit.js';
import type { RegistryDeps } from '../deps.js';
import { readProfile } from '../domain/agent-profile.js';
import { makeSessionTag } from '../domain/ids.js';
import { normalizeUsername } from '../domain/username.js';
import { wireTime } from '../domain/wire-time.js';
import type { RegistryConfig } from '../options.js';
import type { Database } from '../store/database.js';
import { type ClaimedAccount, type NewSession, openSession } from '../store/open-session.js';
import { retryConflicts } from '../store/retry-conflicts.js';
import { verifyRegistration } from './verify-registration.js';

/** Opens a session. Everything is checked before the one statement or transaction that writes. */
export async function register(
  deps: RegistryDeps,
  request: RegisterRequest,
  call: CallContext,
): Promise<RegisterReply> {
  const { config, database, log } = deps;
  const profile = readProfile(request);
  const signed = verifyRegistration(deps, request, call);
  const nowMs = deps.now();
  const session_tag = makeSessionTag(config.serverId, nowMs);
  const claim = {
    accountId: request.account_id || undefined,
    username: normalizeUsername(request.username ?? '') || normalizeUsername(request.agent_id),
    profile,
    nowMs,
  };
  const session = { session_tag, agent_id: request.agent_id, server_id: config.serverId, auth_scheme: signed?.scheme };
  const admission = signed && { signed, claim, nonceTtlMs: config.devAuthNonceTtlSeconds * 1000 };
  const account = await retryConflicts<AdmittedAccount | Refusal>(() =>
    admission ? openAdmitted(database, admission, session) : openSession(database, claim, session),
  );
  if (account instanceof Refusal) throw account;
  if (account.hasOtherKey) deps.announceKeyChange(account.account_id);
  log.info({
    event: account.made ? 'account_made' : 'session_opened',
    account_id: account.account_id,
    username: account.username,
    session_tag,
  });
  return {
    account_id: account.account_id,
    username: account.username,
    session_tag,
    heartbeat_interval: config.heartbeatIntervalSeconds,
    ttl_seconds: config.agentTtlSeconds,
    registered_at: wireTime(nowMs),
    ...(config.devAuth ? { signing: signingPolicy(config) } : {}),
    ...offeredFeatures(request),
  };
}

const features: readonly Feature[] = ['receipts_with_reply'];

/** Spec: rule `identity.register.features`. */
function offeredFeatures({ features: asked }: RegisterRequest): Pick<RegisterReply, 'features'> {
  const offered = features.filter((feature) => asked?.includes(feature));
  return offered.length > 0 ? { features: offered } : {};
}

function signingPolicy({ authRequire }: RegistryConfig): SigningPolicy {
  return authRequire === 'v2'
    ? { schemes: [detachedScheme], required: detachedScheme }
    : { schemes: [devScheme, detachedScheme] };
}

interface AdmittedAccount extends ClaimedAccount {
  /** Whether the account signs in another way than before, so that peers must forget what they know. */
  readonly hasOtherKey?: boolean;
}

/** @returns the refusal of an admission, with the nonce spent */
async function openAdmitted(
  database: Database,
  admission: Admission,
  session: NewSession,
): Promise<AdmittedAccount | Refusal> {
  return database.transaction(async (tx) => {
    const admitted = await admit(tx, admission);
    if (admitted instanceof Refusal) return admitted;
    const claimed = await openSession(tx, admission.claim, session);
    await bindKey(tx, claimed, admission);
    return { ...claimed, hasOtherKey: admitted.isChange };
  });
}
