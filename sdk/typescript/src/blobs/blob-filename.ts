import { limits } from '@agentnet/protocol';

/**
 * Keeps letters, digits, `-`, `_`, `.` and space; the rest becomes `_`. What is left cannot leave a folder: it holds no separator and is never
 * only dots.
 *
 * @returns undefined when there is no name
 */
export function safeFilename(name: string | null | undefined): string | undefined {
  const kept = [...(name ?? '').trim()].slice(0, limits.nameMaxLength).join('');
  if (kept === '') return undefined;
  const safe = kept.replace(/[^\p{L}\p{N}\-_. ]/gu, '_');
  return /^\.+$/.test(safe) ? safe.replaceAll('.', '_') : safe;
}
