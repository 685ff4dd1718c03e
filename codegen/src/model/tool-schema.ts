import type { Schema } from './protocol.js';
import type { Shape } from './shape.js';

type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The arguments of a tool as one self-contained JSON Schema with descriptions, as language models are given it. Patterns stay behind: models read
 * the descriptions, and not every vendor accepts every regular expression. The arguments are checked against the whole schema when they come back.
 */
export function toolSchema(name: string, schemas: readonly Schema[]): JsonSchema {
  const byName = new Map(schemas.map((schema) => [schema.name, schema]));
  return read({ kind: 'reference', name }, byName);
}

function read(shape: Shape, schemas: ReadonlyMap<string, Schema>): JsonSchema {
  switch (shape.kind) {
    case 'any':
      return {};
    case 'reference': {
      const target = schemas.get(shape.name);
      if (!target) throw new Error(`the lint let a reference to '${shape.name}' through, which is no schema`);
      return read(target.shape, schemas);
    }
    case 'scalar': {
      const { pattern: _, ...constraints } = shape.constraints;
      return { type: shape.types.length === 1 ? shape.types[0] : shape.types, ...constraints };
    }
    case 'enum':
      return { type: 'string', enum: shape.values };
    case 'const':
      return { type: typeof shape.value, enum: [shape.value] };
    case 'array':
      return { type: 'array', items: read(shape.items, schemas), ...shape.constraints };
    case 'map':
      return { type: 'object', additionalProperties: read(shape.values, schemas) };
    case 'object':
      return {
        type: 'object',
        properties: Object.fromEntries(
          shape.fields.map(({ name, description, shape: field, default: given }) => [
            name,
            { ...read(field, schemas), description, ...(given !== undefined && { default: given }) },
          ]),
        ),
        required: shape.fields.filter(({ isRequired }) => isRequired).map(({ name }) => name),
        ...(!shape.isOpen && { additionalProperties: false }),
      };
    case 'union':
      return { anyOf: shape.members.map((member) => read(member, schemas)) };
    case 'nullable':
      return { anyOf: [read(shape.of, schemas), { type: 'null' }] };
  }
}
