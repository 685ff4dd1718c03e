import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where this user's settings for agentnet are: XDG_CONFIG_HOME, else ~/.config. */
export function configFolder({ XDG_CONFIG_HOME = '' }: NodeJS.ProcessEnv): string {
  // The XDG rules say that a relative path does not count.
  return join(isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(homedir(), '.config'), 'agentnet');
}
