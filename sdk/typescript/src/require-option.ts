import { check, type SchemaName } from '@agentnet/protocol';
import { ValidationError } from './errors.js';

/** The names of an options type, complete by construction: a field the record leaves out does not compile. */
export function optionNames<T>(names: Readonly<Record<keyof T, true>>): ReadonlySet<string> {
  return new Set(Object.keys(names));
}

/** Refuses a misspelt option instead of ignoring it. */
export function requireKnown(group: string, given: object, known: ReadonlySet<string>): void {
  if (typeof given !== 'object' || given === null) throw invalid(`${group} options must be an object`);
  for (const name of Object.keys(given)) {
    if (!known.has(name)) throw invalid(`${group} has no option ${name}; it has ${[...known].join(', ')}`);
  }
}

export function requireAtLeast(name: string, value: number, minimum: number): void {
  if (typeof value !== 'number' || !(value >= minimum) || value === Number.POSITIVE_INFINITY) {
    throw invalid(`${name} must be a number >= ${minimum}, got ${String(value)}`);
  }
}

export function requireInteger(name: string, value: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < minimum || value > maximum) {
    const range = maximum === Number.MAX_SAFE_INTEGER ? `>= ${minimum}` : `from ${minimum} to ${maximum}`;
    throw invalid(`${name} must be an integer ${range}, got ${String(value)}`);
  }
}

/** A rate per second; `Infinity` means no limit. */
export function requireRate(name: string, value: number): void {
  if (typeof value !== 'number' || !(value > 0))
    throw invalid(`${name} must be a number > 0 or Infinity, got ${String(value)}`);
}

export function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw invalid(`${name} must be a non-empty text, got ${describe(value)}`);
}

/** Refuses a value that breaks the schema of that name. */
export function requireSchema(name: string, schema: SchemaName, value: unknown): void {
  const [violation] = check(schema, value);
  if (!violation) return;
  const shown = typeof value === 'string' ? `, got ${JSON.stringify(value.slice(0, 100))}` : '';
  throw invalid(`${name}${violation.path} ${violation.message}${shown}`);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value;
}

function invalid(detail: string): ValidationError {
  return new ValidationError('invalid_option', detail);
}
