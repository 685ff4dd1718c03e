import type { ScalarType, Shape } from '../../model/shape.js';
import { propertyKey, quote } from './names.js';

const scalarTypes: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
};

/** The TypeScript type of a shape. */
export function typeText(shape: Shape): string {
  switch (shape.kind) {
    case 'any':
      return 'JsonValue';
    case 'scalar':
      return [...new Set(shape.types.map((type) => scalarTypes[type]))].join(' | ');
    case 'enum':
      return shape.values.map(quote).join(' | ');
    case 'const':
      return typeof shape.value === 'string' ? quote(shape.value) : String(shape.value);
    case 'array':
      return `${inParentheses(shape.items)}[]`;
    case 'map':
      return `{ [key: string]: ${typeText(shape.values)} }`;
    case 'object':
      return shape.fields.length === 0
        ? '{ [key: string]: JsonValue }'
        : `{ ${shape.fields.map((field) => `${propertyKey(field.name)}${field.isRequired ? '' : '?'}: ${typeText(field.shape)}`).join('; ')} }`;
    case 'reference':
      return shape.name;
    case 'union':
      return shape.members.map(typeText).join(' | ');
    case 'nullable':
      return `${typeText(shape.of)} | null`;
  }
}

function inParentheses(shape: Shape): string {
  const text = typeText(shape);
  return text.includes(' | ') && !text.startsWith('{') ? `(${text})` : text;
}
