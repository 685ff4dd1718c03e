import { toJsonSchema } from './json-schema.js';
import type { Schema } from './protocol.js';
import type { Shape } from './shape.js';

type AjvSchema = { readonly [keyword: string]: unknown };

/**
 * The schema Ajv compiles for each component. It says the same as the spec, in the form that runs fastest and complains clearest: scalars are inlined
 * (no function call per text field), and null is decided before the rest, so that a bad text is reported as such and not as "no branch of oneOf".
 */
export function validatorSchemas(schemas: readonly Pick<Schema, 'name' | 'shape'>[]): Map<string, AjvSchema> {
  const shapes = new Map(schemas.map((schema) => [schema.name, schema.shape]));
  return new Map(schemas.map(({ name, shape }) => [name, { $id: name, ...toAjv(shape, shapes) }]));
}

function toAjv(shape: Shape, shapes: ReadonlyMap<string, Shape>): AjvSchema {
  switch (shape.kind) {
    case 'reference': {
      const target = shapes.get(shape.name);
      return target && isInlined(target) ? toAjv(target, shapes) : { $ref: shape.name };
    }
    case 'array':
      return { type: 'array', items: toAjv(shape.items, shapes), ...shape.constraints };
    case 'map':
      return {
        type: 'object',
        ...(shape.values.kind !== 'any' && { additionalProperties: toAjv(shape.values, shapes) }),
        ...shape.constraints,
      };
    case 'object':
      return {
        type: 'object',
        required: shape.fields.filter((field) => field.isRequired).map((field) => field.name),
        properties: Object.fromEntries(shape.fields.map((field) => [field.name, toAjv(field.shape, shapes)])),
        ...(!shape.isOpen && { additionalProperties: false }),
        ...shape.constraints,
      };
    case 'union':
      return {
        type: 'object',
        required: [shape.discriminator],
        discriminator: { propertyName: shape.discriminator },
        oneOf: shape.members.map((member) => ({ $ref: member.name })),
      };
    case 'nullable':
      return toNullable(toAjv(shape.of, shapes));
    default:
      return toJsonSchema(shape);
  }
}

/** Schemas small enough to be repeated wherever they are used. */
function isInlined(shape: Shape): boolean {
  return (
    shape.kind === 'any' ||
    shape.kind === 'scalar' ||
    shape.kind === 'enum' ||
    shape.kind === 'const' ||
    (shape.kind === 'map' && shape.values.kind === 'any')
  );
}

function toNullable(schema: AjvSchema): AjvSchema {
  const { type } = schema;
  const isPlain = !('enum' in schema || 'const' in schema || 'oneOf' in schema);
  if (isPlain && type !== undefined) return { ...schema, type: [...(Array.isArray(type) ? type : [type]), 'null'] };
  return type === undefined && Object.keys(schema).length === 0 ? schema : { if: { type: 'null' }, else: schema };
}
