import type { JsonValue } from '@agentnet/protocol';

/**
 * Looks for what a Postgres jsonb column refuses: U+0000, lone surrogates, numbers too large to be finite.
 *
 * @returns a path and what is wrong there, `/a/0 holds U+0000`; undefined when all can be stored
 */
export function findUnstorable(value: JsonValue, path = ''): string | undefined {
  if (typeof value === 'string') return unstorableText(value, path);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is not a finite number`;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = unstorableText(key, path) ?? findUnstorable(member, `${path}/${key}`);
    if (found) return found;
  }
  return undefined;
}

function unstorableText(text: string, path: string): string | undefined {
  if (text.includes('\u0000')) return `${path} holds U+0000`;
  return /\p{Surrogate}/u.test(text) ? `${path} holds a lone surrogate` : undefined;
}

export function isStorableText(text: string): boolean {
  return unstorableText(text, '') === undefined;
}
