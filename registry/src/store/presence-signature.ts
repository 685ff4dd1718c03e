import { detachedScheme } from '@agentnet/sdk/identity';

/** Who signed a hello or goodbye; the signature itself is verified. */
export interface PresenceSignature {
  readonly accountId: string;
  readonly publicKey: string;
  /** RFC 3339 in UTC. */
  readonly signedAt: string;
}

/** Whether the key of `h` counts for the account `a`. */
export const isKeyOfAccount = `a.key_revoked_at IS NULL
  AND (h.public_key = a.public_key OR (h.public_key = a.previous_public_key AND h.seen_at < a.previous_key_until))`;

/**
 * Whether the hello or goodbye `h` is the word of the session `s`: signed by a key of its account, later than the last one, if the session signs; in any case not of
 * an account whose key was revoked. Spec: rule `auth.v2.presence`.
 */
export const isBySession = `CASE WHEN h.public_key IS NULL
  THEN s.auth_scheme IS DISTINCT FROM '${detachedScheme}'
    AND NOT EXISTS (SELECT 1 FROM agent_accounts a WHERE a.account_id = s.account_id AND a.key_revoked_at IS NOT NULL)
  ELSE h.account_id = s.account_id AND (s.signed_at IS NULL OR h.signed_at > s.signed_at)
    AND EXISTS (SELECT 1 FROM agent_accounts a WHERE a.account_id = s.account_id AND ${isKeyOfAccount})
  END`;

/** Whether the hello `h` of a session that is not on record may restore one of the account `a`. */
export const mayRestore = `CASE WHEN h.public_key IS NULL
  THEN a.key_revoked_at IS NULL AND a.key_scheme IS DISTINCT FROM '${detachedScheme}'
  ELSE ${isKeyOfAccount}
  END`;
