const special = /["\\]/;
const everySpecial = /["\\]/g;

/**
 * A Postgres array literal. The drivers write the same, element by element with two replacements for each; the history writes tens of
 * thousands of elements per batch.
 */
export function arrayLiteral(items: readonly (string | number | boolean | null)[]): string {
  return `{${items.map(element).join()}}`;
}

function element(item: string | number | boolean | null): string {
  if (item === null) return 'NULL';
  if (typeof item !== 'string') return String(item);
  return special.test(item) ? `"${item.replace(everySpecial, '\\$&')}"` : `"${item}"`;
}
