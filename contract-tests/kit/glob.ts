/** What a pattern with `*` for any characters matches; everything without a pattern. */
export function globOf(glob = '*'): RegExp {
  return new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}
