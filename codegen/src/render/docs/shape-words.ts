import type { Constraints, ScalarType, Shape } from '../../model/shape.js';
import { code, schemaLink } from './markdown.js';

const scalarWords: Readonly<Record<ScalarType, string>> = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'true or false',
};

/** The shape in a few words, null left out: `text`, `list of AgentRow`, `"blob_ref"`. */
export function shapeWords(shape: Shape): string {
  switch (shape.kind) {
    case 'any':
      return 'any JSON value';
    case 'scalar':
      return shape.types.map((type) => scalarWords[type]).join(' or ');
    case 'enum':
      return shape.values.map(code).join(', ');
    case 'const':
      return code(JSON.stringify(shape.value));
    case 'array':
      return `list of ${shapeWords(shape.items)}`;
    case 'map':
      return shape.values.kind === 'any' ? 'object' : `object of ${shapeWords(shape.values)}`;
    case 'object':
      return 'object';
    case 'reference':
      return schemaLink(shape.name);
    case 'union':
      return `${shape.members.map(({ name }) => schemaLink(name)).join(' or ')}, told apart by ${code(shape.discriminator)}`;
    case 'nullable':
      return shapeWords(shape.of);
  }
}

export function allowsNull(shape: Shape): boolean {
  return (
    shape.kind === 'nullable' || shape.kind === 'any' || (shape.kind === 'reference' && shape.name === 'JsonValue')
  );
}

/** `at most 256 characters; matches ...`; empty when anything goes. */
export function constraintWords(shape: Shape): string {
  if (shape.kind === 'nullable') return constraintWords(shape.of);
  return 'constraints' in shape ? words(shape.constraints).join('; ') : '';
}

function words(given: Constraints): string[] {
  return [
    range(given.minLength, given.maxLength, 'characters'),
    range(given.minItems, given.maxItems, 'items'),
    range(given.minProperties, given.maxProperties, 'fields'),
    given.minimum === undefined ? '' : `at least ${given.minimum}`,
    given.exclusiveMinimum === undefined ? '' : `above ${given.exclusiveMinimum}`,
    given.maximum === undefined ? '' : `at most ${given.maximum}`,
    given.exclusiveMaximum === undefined ? '' : `below ${given.exclusiveMaximum}`,
    given.uniqueItems ? 'no item twice' : '',
    given.pattern === undefined ? '' : `matches ${code(given.pattern)}`,
  ].filter((text) => text !== '');
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most} ${unit}`;
  if (least !== undefined) return `at least ${least} ${unit}`;
  return most === undefined ? '' : `at most ${most} ${unit}`;
}
