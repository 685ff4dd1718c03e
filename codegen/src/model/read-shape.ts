import { joinPointer } from '../load/json-pointer.js';
import type { Constraints, Field, ReferenceShape, ScalarType, Shape } from './shape.js';

/** Called for everything in a schema that cannot be expressed; `pointer` is its place in the bundle. */
export type Report = (pointer: string, what: string, remedy: string) => void;

type RawSchema = { readonly [key: string]: unknown };

const annotations = ['description', 'title', 'examples', 'default', 'x-limit'];
const scalarTypes: readonly string[] = ['string', 'integer', 'number', 'boolean'] satisfies ScalarType[];
const constraintsOf = {
  string: ['minLength', 'maxLength', 'pattern'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  boolean: [],
  array: ['minItems', 'maxItems', 'uniqueItems'],
  object: ['minProperties', 'maxProperties'],
} as const;

/**
 * Turns one JSON Schema into a Shape. A keyword without a meaning here is reported, never skipped: a constraint that one language checks and
 * another does not would split the network.
 */
export function readShape(schema: unknown, pointer: string, report: Report): Shape {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) {
    report(pointer, 'a schema must be an object', 'Write the schema out; `description` alone means any JSON value.');
    return { kind: 'any' };
  }
  const raw = schema as RawSchema;
  if (raw.$ref !== undefined) return readReference(raw, pointer, report);
  if (raw.oneOf !== undefined) return readOneOf(raw, pointer, report);
  const types = (Array.isArray(raw.type) ? raw.type : raw.type === undefined ? [] : [raw.type]).map(String);
  const others = types.filter((type) => type !== 'null');
  if (types.length > 0 && others.length === 0)
    report(pointer, 'nothing but null is allowed', 'Add the type it has when it is not null.');
  const shape = readTyped(raw, others, pointer, report);
  return types.length > others.length ? { kind: 'nullable', of: shape } : shape;
}

function readTyped(raw: RawSchema, types: readonly string[], pointer: string, report: Report): Shape {
  if (raw.const !== undefined) return readConst(raw, pointer, report);
  if (raw.enum !== undefined) return readEnum(raw, types, pointer, report);
  if (types.length === 0) {
    allow(raw, [], pointer, report);
    return { kind: 'any' };
  }
  if (types.every((type) => scalarTypes.includes(type))) {
    const keywords = types.flatMap((type) => constraintsOf[type as ScalarType]);
    allow(raw, ['type', ...keywords], pointer, report);
    return { kind: 'scalar', types: types as ScalarType[], constraints: pick(raw, keywords) };
  }
  if (types.length === 1 && types[0] === 'array') return readArray(raw, pointer, report);
  if (types.length === 1 && types[0] === 'object') return readObject(raw, pointer, report);
  report(
    pointer,
    `the type [${types.join(', ')}] cannot be expressed`,
    'Use string, integer, number, boolean (or several of them), array or object, each with null if wanted.',
  );
  return { kind: 'any' };
}

function readReference(raw: RawSchema, pointer: string, report: Report): Shape {
  allow(raw, ['$ref'], pointer, report);
  const match = /^#\/components\/schemas\/([^/]+)$/.exec(String(raw.$ref));
  if (!match?.[1]) {
    report(
      pointer,
      `$ref '${String(raw.$ref)}' is no component schema`,
      'Refer to a schema listed under components.schemas.',
    );
    return { kind: 'any' };
  }
  return { kind: 'reference', name: match[1] };
}

function readOneOf(raw: RawSchema, pointer: string, report: Report): Shape {
  allow(raw, ['oneOf', 'discriminator'], pointer, report);
  const branches = Array.isArray(raw.oneOf) ? raw.oneOf : [];
  const isNull = (branch: unknown) => (branch as RawSchema | null)?.type === 'null';
  const shapes = branches
    .map((branch, index) =>
      isNull(branch) ? undefined : readShape(branch, joinPointer(pointer, 'oneOf', index), report),
    )
    .filter((shape) => shape !== undefined);
  const members = shapes.filter((shape): shape is ReferenceShape => shape.kind === 'reference');
  const isNullable = branches.some(isNull);
  if (shapes.length === 0 || members.length !== shapes.length) {
    report(
      pointer,
      'oneOf holds something that is neither a $ref nor null',
      'Give each branch a name under components.schemas and refer to it.',
    );
    return { kind: 'any' };
  }
  const [first] = members;
  if (members.length === 1 && first) return isNullable ? { kind: 'nullable', of: first } : first;
  if (typeof raw.discriminator !== 'string') {
    report(
      pointer,
      'oneOf without `discriminator`',
      'Add `discriminator: <field>`, a field that is a different constant in every branch.',
    );
    return { kind: 'any' };
  }
  const union: Shape = { kind: 'union', members, discriminator: raw.discriminator };
  return isNullable ? { kind: 'nullable', of: union } : union;
}

function readConst(raw: RawSchema, pointer: string, report: Report): Shape {
  allow(raw, ['type', 'const'], pointer, report);
  const value = raw.const;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'const', value };
  report(pointer, '`const` is not a text, number or boolean', 'Use a scalar constant.');
  return { kind: 'any' };
}

function readEnum(raw: RawSchema, types: readonly string[], pointer: string, report: Report): Shape {
  allow(raw, ['type', 'enum'], pointer, report);
  const values = Array.isArray(raw.enum) ? raw.enum : [];
  if (types.join() !== 'string' || values.length === 0 || !values.every((value) => typeof value === 'string')) {
    report(pointer, '`enum` is not a list of texts with `type: string`', 'Write `type: string` and list texts only.');
  }
  return { kind: 'enum', values: values.map(String) };
}

function readArray(raw: RawSchema, pointer: string, report: Report): Shape {
  allow(raw, ['type', 'items', ...constraintsOf.array], pointer, report);
  if (raw.items === undefined)
    report(pointer, 'an array without `items`', 'Say what its items are; `$ref` JsonValue when they may be anything.');
  const items =
    raw.items === undefined ? ({ kind: 'any' } as const) : readShape(raw.items, joinPointer(pointer, 'items'), report);
  return { kind: 'array', items, constraints: pick(raw, constraintsOf.array) };
}

function readObject(raw: RawSchema, pointer: string, report: Report): Shape {
  allow(raw, ['type', 'properties', 'required', 'additionalProperties', ...constraintsOf.object], pointer, report);
  const constraints = pick(raw, constraintsOf.object);
  const rest = raw.additionalProperties;
  if (raw.properties === undefined && rest !== undefined && rest !== false) {
    const values =
      rest === true
        ? ({ kind: 'any' } as const)
        : readShape(rest, joinPointer(pointer, 'additionalProperties'), report);
    return { kind: 'map', values, constraints };
  }
  if (rest !== undefined && typeof rest !== 'boolean') {
    report(
      joinPointer(pointer, 'additionalProperties'),
      '`properties` together with a schema for other fields',
      'Put the free keys into a field of their own.',
    );
  }
  const required = Array.isArray(raw.required) ? raw.required.map(String) : [];
  const properties = (raw.properties ?? {}) as RawSchema;
  for (const name of required) {
    if (!Object.hasOwn(properties, name))
      report(
        joinPointer(pointer, 'required'),
        `the required field '${name}' is not among the properties`,
        'Declare it, or remove it from `required`.',
      );
  }
  const fields = Object.entries(properties).map(([name, property]): Field => {
    const at = joinPointer(pointer, 'properties', name);
    const { description, default: fallback } = (property ?? {}) as RawSchema;
    const field = {
      name,
      description: String(description ?? ''),
      isRequired: required.includes(name),
      shape: readShape(property, at, report),
    };
    return fallback === undefined ? field : { ...field, default: fallback };
  });
  return { kind: 'object', fields, isOpen: rest !== false, constraints };
}

function allow(raw: RawSchema, keywords: readonly string[], pointer: string, report: Report): void {
  for (const keyword of Object.keys(raw)) {
    if (annotations.includes(keyword) || keywords.includes(keyword)) continue;
    report(
      joinPointer(pointer, keyword),
      `the keyword \`${keyword}\` cannot be expressed here`,
      'Remove it, or say the same with the keywords that are supported (codegen/README.md).',
    );
  }
}

function pick(raw: RawSchema, keywords: readonly string[]): Constraints {
  return Object.fromEntries(
    keywords.filter((keyword) => raw[keyword] !== undefined).map((keyword) => [keyword, raw[keyword]]),
  );
}
