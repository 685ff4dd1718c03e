import type { Filter, Filterable, FilterTerm, FilterValue } from './filter.js';
import { whenOf } from './parse-when.js';

/** Whether something passes the filter. `nowMs` is what ages such as `since:5m` count from. */
export function matchesFilter(filter: Filter, subject: Filterable, nowMs: number): boolean {
  return filter.terms.every(
    (term) => term.values.some((value) => fits(term, value, { subject, nowMs })) !== term.negated,
  );
}

interface Look {
  readonly subject: Filterable;
  readonly nowMs: number;
}

function fits({ field }: FilterTerm, value: FilterValue, { subject, nowMs }: Look): boolean {
  if (value.type !== 'word') {
    const when = whenOf(value, nowMs);
    return field === 'since' ? subject.atMs >= when : subject.atMs <= when;
  }
  const { word } = value;
  switch (field) {
    case 'from':
      return names(subject.from, word);
    case 'to':
      return names(subject.to, word);
    case 'with':
      return names(subject.from, word) || names(subject.to, word);
    case 'kind':
      return equalsAny(subject.kinds, word);
    case 'status':
      return equalsAny(subject.statuses, word);
    case 'code':
      return equalsAny(subject.codes, word);
    case 'thread':
      return equals(subject.threadId ?? '', word);
    case 'id':
      return subject.ids.some((id) => equals(id, word));
    case 'trace':
      return equals(subject.traceId ?? '', word);
    case 'is':
      return subject.isFault;
    default:
      return subject.texts.some((text) => text.toLowerCase().includes(word));
  }
}

/** A bare name means a username as much as an account id or a role label. */
function names(known: readonly string[], word: string): boolean {
  return equalsAny(known, word) || (!word.startsWith('@') && equalsAny(known, `@${word}`));
}

function equalsAny(texts: readonly string[], word: string): boolean {
  return texts.some((text) => equals(text.toLowerCase(), word));
}

/** Compares with `*` as a wildcard, in time linear in the text for each star: a pattern is never turned into a regular expression. */
function equals(text: string, pattern: string): boolean {
  if (!pattern.includes('*')) return text === pattern;
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
