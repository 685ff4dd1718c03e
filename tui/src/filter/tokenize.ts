import { FilterError } from './filter-error.js';

/** A text between separators, quotes removed, and where it stood. */
export interface FilterToken {
  readonly text: string;
  /** Index of its first character, a quote included. */
  readonly start: number;
  readonly end: number;
}

/** A term as written: `-from:@a,@b`, `!from:@a,@b` or free text. */
export interface WrittenTerm {
  readonly negated: boolean;
  /** Absent for free text. */
  readonly field?: FilterToken;
  readonly values: readonly FilterToken[];
}

const fieldName = /[A-Za-z]+(?=:)/y;
const space = /\s/;

/** Cuts a filter into terms. @throws {FilterError} an unclosed quote, a missing value */
export function tokenizeFilter(source: string): WrittenTerm[] {
  const terms: WrittenTerm[] = [];
  let at = skipSpace(source, 0);
  while (at < source.length) {
    const { term, end } = readTerm(source, at);
    terms.push(term);
    at = skipSpace(source, end);
  }
  return terms;
}

function readTerm(source: string, start: number): { term: WrittenTerm; end: number } {
  const negated = /[-!]/.test(source[start] ?? '') && start + 1 < source.length;
  let at = negated ? start + 1 : start;
  fieldName.lastIndex = at;
  const name = fieldName.exec(source)?.[0];
  if (name === undefined) {
    const value = readValue(source, at, false);
    return { term: { negated, values: [value] }, end: value.end };
  }
  const field = { text: name.toLowerCase(), start: at, end: at + name.length };
  at = field.end + 1;
  const values = [readValue(source, at, true)];
  for (let last = values[0]; last && source[last.end] === ','; last = values.at(-1)) {
    values.push(readValue(source, last.end + 1, true));
  }
  return { term: { negated, field, values }, end: values.at(-1)?.end ?? at };
}

/** Reads one value, quoted or up to the next space; with `inList` also up to the next comma. */
function readValue(source: string, start: number, inList: boolean): FilterToken {
  if (source[start] === '"') return readQuoted(source, start);
  let end = start;
  while (end < source.length && !space.test(source[end] ?? '') && !(inList && source[end] === ',')) end++;
  if (end === start) throw new FilterError(source, { position: start, length: 1 }, 'a value is missing here');
  return { text: source.slice(start, end), start, end };
}

function readQuoted(source: string, start: number): FilterToken {
  let text = '';
  for (let at = start + 1; at < source.length; at++) {
    const character = source[at] ?? '';
    if (character === '"') return { text, start, end: at + 1 };
    if (character === '\\' && (source[at + 1] === '"' || source[at + 1] === '\\')) at++;
    text += source[at] ?? '';
  }
  throw new FilterError(source, { position: start, length: source.length - start }, 'this quote is never closed');
}

function skipSpace(source: string, start: number): number {
  let at = start;
  while (at < source.length && space.test(source[at] ?? '')) at++;
  return at;
}
