import type { Schema } from '../../model/protocol.js';
import type { Field } from '../../model/shape.js';
import { code, table } from './markdown.js';
import { allowsNull, constraintWords, shapeWords } from './shape-words.js';

/** The fields of an object schema, or a sentence on what it is instead. */
export function fieldTable({ shape }: Schema): string {
  if (shape.kind !== 'object')
    return [`Type: ${shapeWords(shape)}.`, asSentence(constraintWords(shape))].join(' ').trim();
  if (shape.fields.length === 0) return 'An object; no field has a meaning.';
  const note = shape.isOpen ? '' : '\n\nUnknown fields are refused.';
  return table(['Field', 'Type', 'Required', 'Null', 'Meaning'], shape.fields.map(row)) + note;
}

function row(field: Field): string[] {
  const fallback = field.default === undefined ? '' : `Default ${code(JSON.stringify(field.default))}.`;
  const meaning = [field.description, asSentence(constraintWords(field.shape)), fallback].filter((text) => text !== '');
  return [
    code(field.name),
    shapeWords(field.shape),
    field.isRequired ? 'yes' : 'no',
    allowsNull(field.shape) ? 'yes' : 'no',
    meaning.join(' '),
  ];
}

const asSentence = (words: string): string =>
  words === '' ? '' : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
