import type { JsonValue } from '@agentnet/protocol';
import type { Bindings } from './bindings.js';
import { idGrammar } from './id-grammar.js';

/** What names a row, most specific first. */
const keys = ['message_id', 'thread_id', 'session_tag', 'account_id'];

export interface RowPairs {
  /** Positions in the recorded and in our list. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Names of recorded rows we lack, by position. */
  readonly missing: ReadonlyMap<number, string>;
  /** Names of rows only we have, by position. */
  readonly extra: ReadonlyMap<number, string>;
}

/** The field that names the rows of both lists, undefined when they are not lists of named rows. */
export function rowKey(recorded: readonly JsonValue[], ours: readonly JsonValue[]): string | undefined {
  const rows = [...recorded, ...ours];
  return rows.length === 0 ? undefined : keys.find((key) => rows.every((row) => nameOf(row, key) !== undefined));
}

/** Matches rows by name. A row whose name was never seen before is matched with ours at the same place. */
export function pairRows(
  lists: readonly [readonly JsonValue[], readonly JsonValue[]],
  key: string,
  bindings: Bindings,
): RowPairs {
  const [recorded, ours] = lists.map((rows) => rows.map((row) => nameOf(row, key) ?? ''));
  const free = new Map((ours ?? []).map((name, index) => [name, index]));
  const pairs: [number, number][] = [];
  const missing = new Map<number, string>();
  for (const [index, name] of (recorded ?? []).entries()) {
    const match = matchFor({ name, atSamePlace: ours?.[index] }, free, bindings);
    const at = match === undefined ? undefined : free.get(match);
    if (match === undefined || at === undefined) {
      missing.set(index, name);
      continue;
    }
    free.delete(match);
    pairs.push([index, at]);
  }
  return { pairs, missing, extra: new Map([...free].map(([name, index]) => [index, name])) };
}

interface Named {
  readonly name: string;
  readonly atSamePlace: string | undefined;
}

function matchFor(
  { name, atSamePlace }: Named,
  free: ReadonlyMap<string, number>,
  bindings: Bindings,
): string | undefined {
  const translated = bindings.translate(name);
  if (free.has(translated)) return translated;
  const isUnbound = bindings.get(name) === undefined && idGrammar(name) !== undefined;
  const fits = atSamePlace !== undefined && free.has(atSamePlace) && idGrammar(name) === idGrammar(atSamePlace);
  return isUnbound && fits ? atSamePlace : undefined;
}

function nameOf(row: JsonValue, key: string): string | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
  const name = row[key];
  return typeof name === 'string' ? name : undefined;
}
