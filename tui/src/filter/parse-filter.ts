import { everything, type Filter, type FilterField, type FilterTerm, type FilterValue } from './filter.js';
import { FilterError } from './filter-error.js';
import { filterFields, isFilterField } from './filter-fields.js';
import { parseWhen } from './parse-when.js';
import { type FilterToken, tokenizeFilter, type WrittenTerm } from './tokenize.js';

/** Ids that differ in case only are different. */
const exact: ReadonlySet<FilterField> = new Set(['thread', 'id', 'trace']);

/**
 * Reads a filter such as `from:@a kind:request -status:accepted text:"two words" since:5m`. Terms are separated by spaces and must all hold; values
 * separated by commas are alternatives; `-` or `!` before a term turns it round; a word without field is looked for in the text.
 *
 * @throws {FilterError} with the position of what is wrong
 */
export function parseFilter(source: string): Filter {
  if (source.trim() === '') return everything;
  return { source, terms: tokenizeFilter(source).map((term) => readTerm(source, term)) };
}

function readTerm(source: string, { negated, field, values }: WrittenTerm): FilterTerm {
  const name = field === undefined ? 'text' : fieldOf(source, field);
  return { field: name, negated, values: values.map((value) => readValue(source, name, value)) };
}

function fieldOf(source: string, field: FilterToken): FilterField {
  if (isFilterField(field.text)) return field.text;
  const known = Object.keys(filterFields).join(', ');
  throw new FilterError(
    source,
    spanOf(field),
    `there is no field ${field.text}; known are ${known}; to look for the text itself, quote it`,
  );
}

function readValue(source: string, field: FilterField, token: FilterToken): FilterValue {
  const { text } = token;
  if (field === 'since' || field === 'until') {
    const when = parseWhen(text);
    if (when) return when;
    throw new FilterError(
      source,
      spanOf(token),
      `${field} takes an age such as 90s, 5m, 2h or 1d, or an ISO 8601 instant`,
    );
  }
  const { words, closed } = filterFields[field];
  const word = exact.has(field) ? text : text.toLowerCase();
  if (word.trim() === '') throw new FilterError(source, spanOf(token), 'a value is missing here');
  if (closed && !words?.includes(word)) {
    throw new FilterError(source, spanOf(token), `${field} is one of ${words?.join(', ')}`);
  }
  return { type: 'word', word };
}

function spanOf({ start, end }: FilterToken): { position: number; length: number } {
  return { position: start, length: end - start };
}
