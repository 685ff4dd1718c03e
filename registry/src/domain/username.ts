import { limits } from '@agentnet/protocol';

/**
 * The one form of a username that is stored and compared; empty when nothing of the text can stay.
 *
 * Lower case first, so that letters whose lower case is ASCII (the Kelvin sign) survive.
 */
export function normalizeUsername(text: string): string {
  const replaced = text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '_');
  return replaced
    .replace(/^[._-]+|[._-]+$/g, '')
    .slice(0, limits.usernameMaxLength)
    .replace(/[._-]+$/, '');
}

/** A free variant of a taken username. `random` differs every time; lower case letters and digits. */
export function conflictUsername(username: string, random: string): string {
  return `${username.slice(0, 24)}-${random.slice(0, 6)}`;
}

/** The username of an agent of whose names nothing can stay. */
export function fallbackUsername(random: string): string {
  return `agent_${random.slice(0, 12)}`;
}
