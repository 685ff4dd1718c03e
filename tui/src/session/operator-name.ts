import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';

/** Letters of each part; with the digest the name fits the protocol's 32. */
const partLength = 10;

/**
 * The username under which this person operates from this machine: always the same, so that commands do not fill the registry with
 * accounts. AGENTNET_OPERATOR names another one.
 */
export function operatorName(environment: NodeJS.ProcessEnv): string {
  const chosen = environment['AGENTNET_OPERATOR']?.trim();
  if (chosen) return chosen;
  const user = userName(environment);
  const host = hostname();
  const digest = createHash('sha256')
    .update(JSON.stringify([user, host]))
    .digest('hex')
    .slice(0, 6);
  return ['op', plain(user), plain(host), digest].filter((part) => part !== '').join('-');
}

/** A container's user may have no name. */
function userName(environment: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return environment['USER'] ?? String(process.getuid?.() ?? '');
  }
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, partLength)
    .replaceAll(/^_+|_+$/g, '');
}
