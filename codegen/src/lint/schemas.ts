import { Ajv } from 'ajv';
import { joinPointer } from '../load/json-pointer.js';
import { readShape } from '../model/read-shape.js';
import type { Shape } from '../model/shape.js';
import type { LintContext, LintRule } from './lint-rule.js';

type RawSchema = { readonly [keyword: string]: unknown };

/** Schemas use supported keywords only, describe everything, and leave nothing nameless. */
export const schemas: LintRule = (context) => {
  const { spec, report } = context;
  const shapes = new Map<string, Shape>();
  for (const [name, schema] of Object.entries(spec.components.schemas)) {
    const at = joinPointer('/components/schemas', name);
    shapes.set(name, readShape(schema, at, report));
    if (!describes(schema)) report(at, `the schema '${name}' has no description`, 'Say in one sentence what it is.');
    visit(schema, at, true, context);
  }
  for (const [name, kind] of [
    ['JsonValue', 'any'],
    ['JsonObject', 'map'],
  ] as const) {
    if (shapes.get(name)?.kind !== kind)
      report(
        '/components/schemas',
        `the schema '${name}' is missing or not what its name says`,
        'JsonValue has a description only; JsonObject is `type: object, additionalProperties: true`.',
      );
  }
  for (const [name, shape] of shapes) {
    const at = joinPointer('/components/schemas', name);
    if (shape.kind === 'reference')
      report(at, `'${name}' is only another name for '${shape.name}'`, 'Use that schema instead.');
    if (shape.kind === 'nullable')
      report(
        at,
        `'${name}' itself allows null`,
        'Allow null where it is used, so that languages can name the type without it.',
      );
    if (shape.kind === 'union')
      checkUnion(
        shape.members.map((member) => member.name),
        shape.discriminator,
        shapes,
        at,
        context,
      );
  }
};

function visit(schema: unknown, at: string, isComponent: boolean, context: LintContext): void {
  if (schema === null || typeof schema !== 'object') return;
  const { report } = context;
  const raw = schema as RawSchema;
  if (!isComponent) {
    if (raw.properties !== undefined)
      report(at, 'an object without a name', 'Move it to components.schemas and refer to it.');
    if (raw.enum !== undefined) report(at, 'an enum without a name', 'Move it to components.schemas and refer to it.');
  }
  checkPattern(raw, at, context);
  if (Array.isArray(raw.required) && new Set(raw.required).size < raw.required.length)
    report(joinPointer(at, 'required'), 'a field is listed twice', 'List it once.');
  if (Array.isArray(raw.enum) && new Set(raw.enum).size < raw.enum.length)
    report(joinPointer(at, 'enum'), 'a value is listed twice', 'List it once.');
  checkSamples(raw, at, context);
  for (const [name, property] of Object.entries((raw.properties as RawSchema | undefined) ?? {})) {
    const place = joinPointer(at, 'properties', name);
    if (!describes(property))
      report(place, `the field '${name}' has no description`, 'Say what it means; every language prints it.');
    visit(property, place, false, context);
  }
  visit(raw.items, joinPointer(at, 'items'), false, context);
  visit(raw.additionalProperties, joinPointer(at, 'additionalProperties'), false, context);
}

const describes = (schema: unknown): boolean =>
  typeof (schema as RawSchema | null)?.description === 'string' && (schema as RawSchema).description !== '';

function checkPattern({ pattern }: RawSchema, at: string, { report }: LintContext): void {
  if (pattern === undefined) return;
  try {
    new RegExp(String(pattern), 'u');
  } catch (cause) {
    report(
      joinPointer(at, 'pattern'),
      `the pattern is no regular expression (${cause instanceof Error ? cause.message : String(cause)})`,
      'Correct it; it is read with the Unicode flag.',
    );
  }
}

/** `default` and `examples` obey the schema they stand in. */
function checkSamples(raw: RawSchema, at: string, { spec, report }: LintContext): void {
  const samples = [
    ...(Array.isArray(raw.examples)
      ? raw.examples.map((value, index) => ({ value, key: joinPointer(at, 'examples', index) }))
      : []),
  ];
  if (raw.default !== undefined) samples.push({ value: raw.default, key: joinPointer(at, 'default') });
  if (samples.length === 0) return;
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
  const { discriminator: _, ...plain } = raw;
  try {
    const validate = ajv.compile({
      ...plain,
      $id: 'sample',
      components: { schemas: withoutDiscriminators(spec.components.schemas) },
    });
    for (const { value, key } of samples)
      if (!validate(value))
        report(key, `it breaks the schema: ${ajv.errorsText(validate.errors)}`, 'Correct the value or the schema.');
  } catch {
    // The schema itself is wrong, which the other checks report.
  }
}

function withoutDiscriminators(all: Readonly<Record<string, RawSchema>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(all).map(([name, { discriminator: _, ...schema }]) => [name, schema]));
}

function checkUnion(
  members: readonly string[],
  discriminator: string,
  shapes: ReadonlyMap<string, Shape>,
  at: string,
  { report }: LintContext,
): void {
  const seen = new Set<unknown>();
  for (const name of members) {
    const shape = shapes.get(name);
    const field =
      shape?.kind === 'object' ? shape.fields.find((candidate) => candidate.name === discriminator) : undefined;
    if (field?.shape.kind !== 'const' || !field.isRequired) {
      report(
        joinPointer(at, 'oneOf'),
        `'${name}' does not require a constant '${discriminator}'`,
        'Add the field with `const` and list it under `required`.',
      );
    } else if (seen.has(field.shape.value)) {
      report(
        joinPointer(at, 'oneOf'),
        `'${name}' has the same '${discriminator}' as another branch`,
        'Give each branch its own constant.',
      );
    } else {
      seen.add(field.shape.value);
    }
  }
}
