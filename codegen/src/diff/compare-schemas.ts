import { isDeepStrictEqual } from 'node:util';
import type { Protocol, Schema } from '../model/protocol.js';
import { type Change, type Effect, pairByName } from './change.js';
import { compareShapes, type Difference, type Names } from './compare-shapes.js';
import { type Position, positionsOf } from './positions.js';

/** Schemas that changed, went, came or were renamed. */
export function compareSchemas(before: Protocol, after: Protocol): Change[] {
  const { removed, added, kept } = pairByName(before.schemas, after.schemas, ({ name }) => name);
  const names = namesOf(before, after);
  const positions = [positionsOf(before), positionsOf(after)];
  const renamed = new Map(removed.flatMap((old) => twins(old, added)));
  return [
    ...removed.map(({ name }) => {
      const twin = renamed.get(name);
      return { effect: 'SOURCE', where: `schemas/${name}`, what: twin ? `is now called ${twin}` : 'is gone' } as const;
    }),
    ...added
      .filter(({ name }) => ![...renamed.values()].includes(name))
      .map(({ name }) => ({ effect: 'SAFE', where: `schemas/${name}`, what: 'is new' }) as const),
    ...kept.flatMap((schema) => {
      const { name } = schema.after;
      const used = new Set(positions.flatMap((of) => [...(of.get(name) ?? [])]));
      return compareSchema(schema.before, schema.after, names, used);
    }),
  ];
}

export function namesOf(before: Protocol, after: Protocol): Names {
  const byName = ({ schemas }: Protocol) => new Map(schemas.map(({ name, shape }) => [name, shape]));
  return { before: byName(before), after: byName(after) };
}

/** Judges differences of a body by who depends on it. */
export function judge(differences: readonly Difference[], where: string, positions: ReadonlySet<Position>): Change[] {
  const changes = differences.map(({ direction, path, what }) => {
    const { effect, reason } = effectOf(direction, positions);
    return { effect, where: `${where}${path}`, what: reason === '' ? what : `${what} (${reason})` };
  });
  // A field that breaks the wire need not be said to break the sources too.
  const broken = new Set(changes.filter(({ effect }) => effect === 'WIRE').map(({ where: place }) => place));
  return changes.filter(({ effect, where: place }) => effect !== 'SOURCE' || !broken.has(place));
}

function compareSchema(before: Schema, after: Schema, names: Names, positions: ReadonlySet<Position>): Change[] {
  const where = `schemas/${after.name}`;
  const changes = judge(compareShapes(before.shape, after.shape, names), where, positions);
  if (before.description !== after.description) changes.push({ effect: 'DOC', where, what: 'the description changed' });
  if (!isDeepStrictEqual(before.examples, after.examples))
    changes.push({ effect: 'DOC', where, what: 'the examples changed' });
  return changes;
}

function effectOf(
  direction: Difference['direction'],
  positions: ReadonlySet<Position>,
): { effect: Effect; reason: string } {
  if (direction === 'meaning') return { effect: 'WIRE', reason: 'the same request means something else' };
  const narrows = direction === 'narrower' || direction === 'other';
  const widens = direction === 'wider' || direction === 'other';
  if (narrows && positions.has('read')) return { effect: 'WIRE', reason: 'what older peers send is refused' };
  if (widens && positions.has('written')) return { effect: 'WIRE', reason: 'older peers refuse it' };
  if (direction === 'source') return { effect: 'SOURCE', reason: '' };
  return { effect: direction === 'words' ? 'DOC' : 'SAFE', reason: '' };
}

/** The new schema of the same shape and fields, if there is one. */
function twins(old: Schema, added: readonly Schema[]): [string, string][] {
  const twin = added.find((candidate) => isDeepStrictEqual(candidate.shape, old.shape));
  return twin ? [[old.name, twin.name]] : [];
}
