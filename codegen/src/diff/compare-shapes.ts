import { isDeepStrictEqual } from 'node:util';
import type { Constraints, ObjectShape, Shape } from '../model/shape.js';
import { pairByName } from './change.js';

/**
 * `wider`: accepts more than before. `narrower`: accepts less. `other`: both, or nobody can tell. `meaning`: accepts the same, which now means something
 * else. `source`: only the type differs.
 */
export type Direction = 'wider' | 'narrower' | 'other' | 'meaning' | 'source' | 'addition' | 'words';

export interface Difference {
  readonly direction: Direction;
  /** Field path within the schema: `/capabilities`. */
  readonly path: string;
  readonly what: string;
}

/** The schemas of both versions by name, to look through references whose name has changed. */
export interface Names {
  readonly before: ReadonlyMap<string, Shape>;
  readonly after: ReadonlyMap<string, Shape>;
}

/** How `after` differs from `before`. A reference to a schema of the same name is no difference: that schema is compared for itself. */
export function compareShapes(before: Shape, after: Shape, names: Names, path = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (before.kind === 'nullable' || after.kind === 'nullable') return compareNullable(before, after, names, path);
  if (before.kind === 'reference' || after.kind === 'reference') return compareReferences(before, after, names, path);
  if (before.kind === 'object' && after.kind === 'object') return compareObjects(before, after, names, path);
  if (before.kind === 'array' && after.kind === 'array') {
    return [
      ...compareConstraints(before.constraints, after.constraints, path),
      ...compareShapes(before.items, after.items, names, `${path}[]`),
    ];
  }
  if (before.kind === 'map' && after.kind === 'map') {
    return [
      ...compareConstraints(before.constraints, after.constraints, path),
      ...compareShapes(before.values, after.values, names, `${path}{}`),
    ];
  }
  if (before.kind === 'union' && after.kind === 'union') return compareUnions(before, after, path);
  if (before.kind === 'any') return [{ direction: 'narrower', path, what: `was any JSON value, is ${after.kind}` }];
  if (after.kind === 'any') return [{ direction: 'wider', path, what: `was ${before.kind}, is any JSON value` }];
  return compareScalars(before, after, path);
}

function compareNullable(before: Shape, after: Shape, names: Names, path: string): Difference[] {
  const inner = compareShapes(unwrap(before), unwrap(after), names, path);
  if (before.kind === after.kind) return inner;
  const allows = after.kind === 'nullable';
  return [
    { direction: allows ? 'wider' : 'narrower', path, what: allows ? 'may now be null' : 'may no longer be null' },
    ...inner,
  ];
}

const unwrap = (shape: Shape): Shape => (shape.kind === 'nullable' ? shape.of : shape);

function compareReferences(before: Shape, after: Shape, names: Names, path: string): Difference[] {
  const old = before.kind === 'reference' ? names.before.get(before.name) : before;
  const fresh = after.kind === 'reference' ? names.after.get(after.name) : after;
  const label = (shape: Shape) => (shape.kind === 'reference' ? shape.name : shape.kind);
  const renamed: Difference = { direction: 'source', path, what: `was ${label(before)}, is ${label(after)}` };
  return old && fresh ? [renamed, ...compareShapes(old, fresh, names, path)] : [renamed];
}

function compareObjects(before: ObjectShape, after: ObjectShape, names: Names, path: string): Difference[] {
  const { removed, added, kept } = pairByName(before.fields, after.fields, ({ name }) => name);
  const differences = compareConstraints(before.constraints, after.constraints, path);
  if (before.isOpen !== after.isOpen) {
    differences.push({
      direction: after.isOpen ? 'wider' : 'narrower',
      path,
      what: after.isOpen ? 'tolerates unknown fields' : 'refuses unknown fields',
    });
  }
  for (const { name, isRequired } of removed) {
    const at = `${path}/${name}`;
    if (isRequired) differences.push({ direction: 'wider', path: at, what: 'the required field is gone' });
    differences.push({ direction: 'source', path: at, what: 'the field is gone' });
  }
  for (const { name, isRequired } of added) {
    const direction = isRequired ? 'narrower' : 'addition';
    differences.push({
      direction,
      path: `${path}/${name}`,
      what: isRequired ? 'a new required field' : 'a new optional field',
    });
    if (isRequired) differences.push({ direction: 'source', path: `${path}/${name}`, what: 'a new required field' });
  }
  for (const field of kept) {
    const at = `${path}/${field.after.name}`;
    if (field.before.isRequired !== field.after.isRequired) {
      differences.push({
        direction: field.after.isRequired ? 'narrower' : 'wider',
        path: at,
        what: field.after.isRequired ? 'is now required' : 'is now optional',
      });
      differences.push({
        direction: 'source',
        path: at,
        what: field.after.isRequired ? 'is now required' : 'is now optional',
      });
    }
    if (field.before.description !== field.after.description)
      differences.push({ direction: 'words', path: at, what: 'the description changed' });
    if (!isDeepStrictEqual(field.before.default, field.after.default)) {
      const [was, is] = [field.before.default, field.after.default].map((value) => JSON.stringify(value) ?? 'none');
      differences.push({ direction: 'meaning', path: at, what: `the default was ${was}, is ${is}` });
    }
    differences.push(...compareShapes(field.before.shape, field.after.shape, names, at));
  }
  return differences;
}

function compareUnions(
  before: Shape & { kind: 'union' },
  after: Shape & { kind: 'union' },
  path: string,
): Difference[] {
  const { removed, added } = pairByName(before.members, after.members, ({ name }) => name);
  const differences: Difference[] = [
    ...removed.map(({ name }): Difference => ({ direction: 'narrower', path, what: `no longer ${name}` })),
    ...added.map(({ name }): Difference => ({ direction: 'wider', path, what: `now also ${name}` })),
  ];
  if (before.discriminator !== after.discriminator) {
    differences.push({
      direction: 'other',
      path,
      what: `was told apart by ${before.discriminator}, is by ${after.discriminator}`,
    });
  }
  return differences;
}

function compareScalars(before: Shape, after: Shape, path: string): Difference[] {
  const [old, fresh] = [valuesOf(before), valuesOf(after)];
  if (old && fresh) {
    return [
      ...old
        .filter((value) => !fresh.includes(value))
        .map((value): Difference => ({ direction: 'narrower', path, what: `no longer ${JSON.stringify(value)}` })),
      ...fresh
        .filter((value) => !old.includes(value))
        .map((value): Difference => ({ direction: 'wider', path, what: `now also ${JSON.stringify(value)}` })),
    ];
  }
  if (before.kind === 'scalar' && after.kind === 'scalar') {
    const types: Difference[] = [
      ...before.types
        .filter((type) => !covers(after.types, type))
        .map((type): Difference => ({ direction: 'narrower', path, what: `no longer ${type}` })),
      ...after.types
        .filter((type) => !covers(before.types, type))
        .map((type): Difference => ({ direction: 'wider', path, what: `now also ${type}` })),
    ];
    return [...types, ...compareConstraints(before.constraints, after.constraints, path)];
  }
  if (old && after.kind === 'scalar' && old.every((value) => covers(after.types, typeOf(value))))
    return [{ direction: 'wider', path, what: 'was one of a few values, is free' }];
  if (fresh && before.kind === 'scalar' && fresh.every((value) => covers(before.types, typeOf(value))))
    return [{ direction: 'narrower', path, what: 'was free, is one of a few values' }];
  return [{ direction: 'other', path, what: `was ${before.kind}, is ${after.kind}` }];
}

function valuesOf(shape: Shape): readonly (string | number | boolean)[] | undefined {
  if (shape.kind === 'enum') return shape.values;
  return shape.kind === 'const' ? [shape.value] : undefined;
}

const typeOf = (value: string | number | boolean): string => (Number.isInteger(value) ? 'integer' : typeof value);
const covers = (types: readonly string[], type: string): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'));

function compareConstraints(before: Constraints, after: Constraints, path: string): Difference[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Constraints>;
  return [...keys]
    .filter((key) => before[key] !== after[key])
    .map((key) => ({
      direction: constraintDirection(key, before[key], after[key]),
      path,
      what: `${key} was ${before[key] ?? 'free'}, is ${after[key] ?? 'free'}`,
    }));
}

function constraintDirection(key: keyof Constraints, before: unknown, after: unknown): Direction {
  if (after === undefined || after === false) return 'wider';
  if (before === undefined || before === false) return 'narrower';
  if (typeof before !== 'number' || typeof after !== 'number') return 'other';
  const isUpperBound = /max/i.test(key);
  return after > before === isUpperBound ? 'wider' : 'narrower';
}
