import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { GatheredLookup } from '../src/store/gathered-lookup.js';

/** A lookup whose statements answer when told, in upper case; keys that begin with `-` are unknown. */
function aLookup() {
  const statements: { keys: string[]; answer: () => void; fail: (cause: Error) => void }[] = [];
  const lookup = new GatheredLookup<string>(
    (keys) =>
      new Promise((resolve, reject) => {
        const known = keys.filter((key) => !key.startsWith('-'));
        const answer = () => resolve(new Map(known.map((key) => [key, key.toUpperCase()])));
        statements.push({ keys, answer, fail: reject });
      }),
  );
  return { lookup, statements };
}

test('given look-ups of one turn, when answered, then one statement had each key once and everybody the own value', async () => {
  const { lookup, statements } = aLookup();
  const found = Promise.all(['a', 'b', '-x', 'a'].map((key) => lookup.find(key)));
  await turn();
  expect(statements.map(({ keys }) => keys)).toEqual([['a', 'b', '-x']]);
  statements[0]?.answer();
  expect(await found).toEqual(['A', 'B', undefined, 'A']);
});

test('given a statement under way, when the same key is asked again, then a later statement answers it', async () => {
  const { lookup, statements } = aLookup();
  const first = lookup.find('a');
  await turn();
  const later = [lookup.find('a'), lookup.find('b')];
  await turn();
  expect(statements).toHaveLength(1);
  statements[0]?.answer();
  expect(await first).toBe('A');
  await turn();
  expect(statements[1]?.keys).toEqual(['a', 'b']);
  statements[1]?.answer();
  expect(await Promise.all(later)).toEqual(['A', 'B']);
});

test('given a statement that fails, when the next one does not, then only the callers of the first hear of it', async () => {
  const { lookup, statements } = aLookup();
  const failing = [lookup.find('a'), lookup.find('b')];
  await turn();
  const next = lookup.find('c');
  statements[0]?.fail(new Error('the database is away'));
  for (const one of failing) await expect(one).rejects.toThrow('away');
  await turn();
  statements[1]?.answer();
  expect(await next).toBe('C');
});

test('given more keys than one statement takes, when asked at once, then all are answered in turns', async () => {
  const sizes: number[] = [];
  const lookup = new GatheredLookup<string>(async (keys) => {
    sizes.push(keys.length);
    return new Map(keys.map((key) => [key, key]));
  });
  const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
  expect(await Promise.all(keys.map((key) => lookup.find(key)))).toEqual(keys);
  expect(sizes).toEqual([1000, 1000, 500]);
});
