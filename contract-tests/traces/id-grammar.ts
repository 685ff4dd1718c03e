/** Values that every run makes anew. Two values of one grammar may stand for each other. */
const grammars: ReadonlyMap<string, RegExp> = new Map([
  ['account id', /^acct_[0-9a-hjkmnp-tv-z]{26}$/],
  ['session tag', /^registry_[0-9A-HJKMNP-TV-Z]{26}$/],
  ['message id', /^[0-9a-f]{32}$/],
  ['thread id', /^thread_([0-9a-f]{32}|[0-9a-hjkmnp-tv-z]{26})$/],
  ['public key', /^[A-Za-z0-9_-]{43}$/],
  ['signature', /^[A-Za-z0-9_-]{86}$/],
]);

/** The name of the grammar a value belongs to, undefined for values that are compared as they are. */
export function idGrammar(value: string): string | undefined {
  for (const [name, pattern] of grammars) if (pattern.test(value)) return name;
  return undefined;
}

export const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/** What a page cursor holds, undefined for other texts. */
export function cursorContent(value: string): { message_id: string; sent_at: string } | undefined {
  if (!/^[A-Za-z0-9_-]{20,}=*$/.test(value)) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(value, 'base64url').toString('utf8'));
    return isCursorContent(content) ? content : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function isCursorContent(content: unknown): content is { message_id: string; sent_at: string } {
  const fields = content as { message_id?: unknown; sent_at?: unknown } | null;
  return typeof fields?.message_id === 'string' && typeof fields.sent_at === 'string';
}
