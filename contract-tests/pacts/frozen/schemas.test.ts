import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Examples, examplesNow, refusedBy, type SchemaBundle } from './frozen-schemas.js';

/** A difference between versions that was decided on: values older peers refuse. */
interface Incompatibility {
  readonly bundle: string;
  readonly example: string;
  readonly reason: string;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as T;
const bundles = readdirSync(new URL('.', import.meta.url)).filter((name) => name.startsWith('schemas-'));
const known = read<readonly Incompatibility[]>('incompatibilities.json');

describe.each(bundles)('%s', (name) => {
  const bundle = read<SchemaBundle>(name);
  const expected = known.filter((each) => each.bundle === name);

  it('given what peers may send today, when validators of that version look at it, then they refuse nothing that has no written reason', () => {
    const refused = refusedBy(bundle, examplesNow());
    const excused = new Set(expected.filter(({ reason }) => reason.trim()).map(({ example }) => example));
    expect(refused.filter(({ example }) => !excused.has(example))).toEqual([]);
  });

  it('given the written incompatibilities, when validators of that version look at them, then each is still one', () => {
    const refused = new Set(refusedBy(bundle, examplesNow()).map(({ example }) => example));
    expect(expected.filter(({ example }) => !refused.has(example))).toEqual([]);
  });

  it('given the schemas of that version, when today’s are looked for, then none is gone', () => {
    const now = Object.keys(examplesNow());
    expect(Object.keys(bundle.definitions).filter((schema) => !now.includes(schema) && isSent(schema))).toEqual([]);
  });
});

it('given a receipt with a status older peers cannot read, when their validators look at it, then it is refused', () => {
  const examples: Examples = { SentReceipt: { pondering: { ...firstReceipt(), status: 'pondering' } } };
  const refused = refusedBy(read<SchemaBundle>('schemas-1.1.json'), examples);
  expect(refused.map(({ example }) => example)).toEqual(['SentReceipt/pondering']);
});

it('given a reply that gained a field, when older validators look at it, then they take it', () => {
  const examples: Examples = { SentReceipt: { richer: { ...firstReceipt(), gained: 1 } } };
  expect(refusedBy(read<SchemaBundle>('schemas-1.1.json'), examples)).toEqual([]);
});

const firstReceipt = (): object => Object.values(examplesNow()['SentReceipt'] ?? {})[0] as object;

/** Parts of other schemas have no examples of their own. */
function isSent(schema: string): boolean {
  return /(?:Request|Reply|Message|Receipt|Hello|Goodbye)$/.test(schema);
}
