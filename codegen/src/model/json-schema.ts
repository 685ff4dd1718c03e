import type { Shape } from './shape.js';

type JsonSchema = { readonly [keyword: string]: unknown };

/** A shape as plain draft-07 JSON Schema, without annotations. References become `#/definitions/<Name>`. */
export function toJsonSchema(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case 'any':
      return {};
    case 'scalar':
      return { type: shape.types.length === 1 ? shape.types[0] : shape.types, ...shape.constraints };
    case 'enum':
      return { type: 'string', enum: shape.values };
    case 'const':
      return { type: typeof shape.value, const: shape.value };
    case 'array':
      return { type: 'array', items: toJsonSchema(shape.items), ...shape.constraints };
    case 'map':
      return { type: 'object', additionalProperties: toJsonSchema(shape.values), ...shape.constraints };
    case 'object':
      return {
        type: 'object',
        properties: Object.fromEntries(shape.fields.map((field) => [field.name, toJsonSchema(field.shape)])),
        required: shape.fields.filter((field) => field.isRequired).map((field) => field.name),
        ...(!shape.isOpen && { additionalProperties: false }),
        ...shape.constraints,
      };
    case 'reference':
      return { $ref: `#/definitions/${shape.name}` };
    case 'union':
      return { oneOf: shape.members.map(toJsonSchema) };
    case 'nullable':
      return toNullable(shape.of);
  }
}

function toNullable(shape: Shape): JsonSchema {
  const schema = toJsonSchema(shape);
  if (shape.kind === 'union') return { oneOf: [...shape.members.map(toJsonSchema), { type: 'null' }] };
  if (typeof schema.type === 'string') return { ...schema, type: [schema.type, 'null'] };
  if (Array.isArray(schema.type)) return { ...schema, type: [...schema.type, 'null'] };
  return { oneOf: [schema, { type: 'null' }] };
}
