import { is, subjects } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import type { Addressee } from './build-message.js';
import type { UsernameResolver } from './username-resolver.js';

/** Where a message goes. */
export interface Target extends Addressee {
  readonly subject: string;
}

/** What a target text names. */
export type NamedTarget = { readonly accountId: string } | { readonly username: string };

const prefixed = /^(account|username|capability):(.*)$/is;

/**
 * Reads `account:<id>`, `acct_…`, `username:<name>`, `@name` or a bare name.
 *
 * @throws {ValidationError} `invalid_target`
 */
export function parseTarget(to: string): NamedTarget {
  if (typeof to !== 'string' || to.trim() === '') throw invalid('a target is a non-empty text');
  const text = to.trim();
  const [, prefix = '', rest = ''] = prefixed.exec(text) ?? [];
  switch (prefix.toLowerCase()) {
    case 'account':
      return { accountId: rest.trim() };
    case 'username':
      return { username: rest };
    case 'capability':
      throw invalid(`${JSON.stringify(text)} is a capability; use sendToCapability or requestCapability`);
    default:
      return text.startsWith('acct_') ? { accountId: text } : { username: text };
  }
}

/** The name in `capability:<name>`, which the node's own methods do not take; undefined for every other target. */
export function capabilityOf(to: string): string | undefined {
  const [, prefix = '', rest = ''] = prefixed.exec(typeof to === 'string' ? to.trim() : '') ?? [];
  return prefix.toLowerCase() === 'capability' ? rest.trim() : undefined;
}

/**
 * Finds where a target text leads; a username costs one registry call, remembered for a while.
 *
 * @throws {AgentNetError} `invalid_target`, `not_found` and what a registry call can fail with
 */
export async function resolveTarget(to: string, usernames: UsernameResolver, signal?: AbortSignal): Promise<Target> {
  const named = parseTarget(to);
  return 'accountId' in named ? accountTarget(named.accountId) : usernameTarget(named.username, usernames, signal);
}

/** @throws {ValidationError} `invalid_target` */
export function accountTarget(accountId: string): Target {
  if (!is('AccountId', accountId))
    throw invalid(`${JSON.stringify(accountId)} is no account id: 1 to 64 letters, digits, _ or -`);
  return { subject: subjects.accountInbox(accountId), to_agent: accountId, to_account_id: accountId };
}

/** @throws {AgentNetError} `invalid_target`, `not_found` */
export async function usernameTarget(
  username: string,
  usernames: UsernameResolver,
  signal?: AbortSignal,
): Promise<Target> {
  return accountTarget(await usernames.resolve(username, signal));
}

/** @throws {ValidationError} `invalid_target` */
export function capabilityTarget(capability: string): Target {
  if (!is('CapabilityName', capability)) {
    throw invalid(
      `${JSON.stringify(capability)} is no capability: 1 to 8 tokens of letters, digits, _ or -, separated by dots`,
    );
  }
  return { subject: subjects.capability(capability), to_agent: `capability:${capability}` };
}

function invalid(detail: string): ValidationError {
  return new ValidationError('invalid_target', detail);
}
