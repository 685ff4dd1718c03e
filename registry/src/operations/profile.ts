import { limits, type ProfileReply, type ProfileRequest, Refusal } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { cutPage } from '../domain/page.js';
import { normalizeUsername } from '../domain/username.js';
import { wireTime } from '../domain/wire-time.js';
import { onlineCutoffMs } from '../presence/online-cutoff.js';
import { type AccountRow, findAccountById, findAccountByUsername } from '../store/accounts.js';
import { listSessionsOfAccount } from '../store/sessions.js';

/** One account with its online sessions; the latest ones only when all would not fit a reply. */
export async function profile(deps: RegistryDeps, request: ProfileRequest): Promise<ProfileReply> {
  await deps.presence.flush();
  const account = await findAccount(deps, request);
  const sessions = await listSessionsOfAccount(deps.database, account.account_id, onlineCutoffMs(deps));
  return {
    generated_at: wireTime(deps.now()),
    profile: {
      ...account,
      online: sessions.length > 0,
      online_sessions: cutPage(sessions, limits.listLimitMax).rows,
    },
  };
}

async function findAccount({ database }: RegistryDeps, request: ProfileRequest): Promise<AccountRow> {
  const accountId = request.account_id?.trim() ?? '';
  const username = normalizeUsername(request.username ?? '');
  if (accountId === '' && username === '') throw new Refusal('field_required', 'both are missing or empty');
  const account =
    accountId === '' ? await findAccountByUsername(database, username) : await findAccountById(database, accountId);
  if (!account) throw new Refusal('not_found', 'nobody has this id or username');
  return account;
}
