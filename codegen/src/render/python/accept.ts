import type { Protocol } from '../../model/protocol.js';
import type { Constraints, Field, ObjectShape, ScalarShape, Shape } from '../../model/shape.js';
import { literal, quote, snakeCase } from './names.js';
import { pythonPattern } from './pattern.js';

/**
 * `accept.py`: one function per schema that says yes to what plainly obeys it. Anything else is left to the models, which know why; so an error here could
 * only cost time, or accept too much, which the tests that compare both on thousands of mutations would show.
 */
export function renderAccept(protocol: Protocol): string {
  const writer = new AcceptWriter(protocol);
  const functions = protocol.schemas.map(({ name, shape }) => writer.function(name, shape));
  return `"""Quick yes to values that plainly obey a schema; the models, slower by far, judge the rest and say what is wrong."""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

_ABSENT: Final = object()
_ABOVE: Final = 2**1024 - 2**970
_BELOW: Final = -_ABOVE
"""What is no finite double in other languages is no number here."""

${writer.patterns()}


${functions.join('\n\n\n')}


acceptors: Final[Mapping[str, Callable[[Any], bool]]] = {
${protocol.schemas.map(({ name }) => `    ${quote(name)}: ${functionName(name)},`).join('\n')}
}
"""By schema name. False means: ask the model."""
`;
}

const functionName = (schema: string): string => `_accepts_${snakeCase(schema)}`;

/** Writes conditions over a variable; texts of the same pattern share one compiled expression. */
class AcceptWriter {
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #patterns = new Map<string, string>();

  constructor({ schemas }: Protocol) {
    this.#shapes = new Map(schemas.map(({ name, shape }) => [name, shape]));
  }

  function(name: string, shape: Shape): string {
    const head = `def ${functionName(name)}(value: Any) -> bool:`;
    if (shape.kind !== 'object') return `${head}\n    return ${this.#condition(shape, 'value', 0)}`;
    const clauses = [...objectClauses(shape), ...shape.fields.flatMap((field) => this.#field(field))];
    return `${head}\n    return (\n        ${clauses.join('\n        and ')}\n    )`;
  }

  patterns(): string {
    return [...this.#patterns].map(([pattern, name]) => `${name}: Final = re.compile(${pattern}).search`).join('\n');
  }

  #field({ name, isRequired, shape }: Field): string[] {
    if (this.#isAny(shape)) return isRequired ? [`${quote(name)} in value`] : [];
    if (isRequired)
      return [
        `((item := value.get(${quote(name)}, _ABSENT)) is not _ABSENT and ${grouped(this.#condition(shape, 'item', 0))})`,
      ];
    // Null stands for a field that was left out only where the schema says so.
    if (shape.kind === 'nullable')
      return [`((item := value.get(${quote(name)})) is None or ${grouped(this.#condition(shape.of, 'item', 0))})`];
    const given = grouped(this.#condition(shape, 'item', 0));
    return [`((item := value.get(${quote(name)}, _ABSENT)) is _ABSENT or ${given})`];
  }

  #isAny(shape: Shape): boolean {
    if (shape.kind === 'nullable') return this.#isAny(shape.of);
    if (shape.kind !== 'reference') return shape.kind === 'any';
    const target = this.#shapes.get(shape.name);
    return target !== undefined && this.#isAny(target);
  }

  #condition(shape: Shape, at: string, depth: number): string {
    switch (shape.kind) {
      case 'any':
        return 'True';
      case 'scalar':
        return this.#scalar(shape, at);
      case 'enum':
        return `type(${at}) is str and ${at} in {${shape.values.map(quote).join(', ')}}`;
      case 'const':
        return `type(${at}) is ${typeOf(shape.value)} and ${at} == ${literal(shape.value)}`;
      case 'array':
        return this.#array(shape, at, depth);
      case 'map':
        return this.#map(shape, at, depth);
      case 'object':
        return [
          `type(${at}) is dict`,
          `all(type(key) is str for key in ${at})`,
          ...sizeConditions(at, shape.constraints),
        ].join(' and ');
      case 'reference':
        return this.#reference(shape.name, at, depth);
      case 'union':
        return shape.members.map(({ name }) => `${functionName(name)}(${at})`).join(' or ');
      case 'nullable':
        return `${at} is None or ${grouped(this.#condition(shape.of, at, depth))}`;
    }
  }

  #reference(name: string, at: string, depth: number): string {
    const target = this.#shapes.get(name);
    const isInline = target?.kind === 'scalar' || target?.kind === 'enum' || target?.kind === 'any';
    return isInline ? this.#condition(target, at, depth) : `${functionName(name)}(${at})`;
  }

  #array({ items, constraints }: Shape & { kind: 'array' }, at: string, depth: number): string {
    // Whether two items are the same takes the model's care: True is 1 in Python, and not in JSON.
    if (constraints.uniqueItems) return 'False';
    const item = `item_${depth}`;
    const each = this.#isAny(items) ? [] : [`all(${this.#condition(items, item, depth + 1)} for ${item} in ${at})`];
    return [`type(${at}) is list`, ...sizeConditions(at, constraints), ...each].join(' and ');
  }

  #map({ values, constraints }: Shape & { kind: 'map' }, at: string, depth: number): string {
    const item = `item_${depth}`;
    const condition = this.#isAny(values) ? '' : ` and ${grouped(this.#condition(values, item, depth + 1))}`;
    const each = condition
      ? `all(type(key) is str${condition} for key, ${item} in ${at}.items())`
      : `all(type(key) is str for key in ${at})`;
    return [`type(${at}) is dict`, ...sizeConditions(at, constraints), each].join(' and ');
  }

  #scalar({ types, constraints }: ScalarShape, at: string): string {
    const ways: string[] = [];
    if (types.includes('string'))
      ways.push([`type(${at}) is str`, ...this.#textConditions(at, constraints)].join(' and '));
    if (types.includes('boolean')) ways.push(`type(${at}) is bool`);
    if (types.includes('integer') || types.includes('number')) {
      const fraction = types.includes('number') ? `isfinite(${at})` : `${at}.is_integer()`;
      const isNumber = `(type(${at}) is int and _BELOW < ${at} < _ABOVE) or (type(${at}) is float and ${fraction})`;
      const bounds = numberConditions(at, constraints);
      ways.push(bounds.length === 0 ? isNumber : [grouped(isNumber), ...bounds].join(' and '));
    }
    return ways.length === 1 ? (ways[0] ?? '') : ways.map(grouped).join(' or ');
  }

  #textConditions(at: string, { minLength, maxLength, pattern }: Constraints): string[] {
    const conditions: string[] = [];
    if (minLength !== undefined) conditions.push(`len(${at}) >= ${minLength}`);
    if (maxLength !== undefined) conditions.push(`len(${at}) <= ${maxLength}`);
    if (pattern !== undefined) conditions.push(this.#matches(pattern, at));
    return conditions;
  }

  /** Most texts are ASCII, and where a pattern only forbids letters that takes no regular expression to see. */
  #matches(pattern: string, at: string): string {
    const text = pythonPattern(pattern);
    const name = this.#patterns.get(text) ?? `_PATTERN_${this.#patterns.size + 1}`;
    this.#patterns.set(text, name);
    const matches = `${name}(${at}) is not None`;
    const forbidden = forbiddenAscii(pattern);
    if (forbidden === undefined) return matches;
    const isPlain = [`${at}.isascii()`, ...forbidden.map((letter) => `${letter} not in ${at}`)].join(' and ');
    return `((${isPlain}) or ${matches})`;
  }
}

/** In brackets, if it is more than one condition: Python's `and` binds more closely than `or`, but the reader is not to need that. */
function grouped(condition: string): string {
  let outside = condition;
  for (let inner = ''; inner !== outside; ) {
    inner = outside;
    outside = outside.replace(/\([^()]*\)/g, '');
  }
  return / and | or /.test(outside) ? `(${condition})` : condition;
}

/** The ASCII letters, as literals, that a pattern like `^[^\u0000\ud800-\udfff]*$` forbids; undefined for any other pattern. */
function forbiddenAscii(pattern: string): string[] | undefined {
  const letters = /^\^\[\^((?:\\u[0-9a-f]{4}(?:-\\u[0-9a-f]{4})?)+)\]\*\$$/.exec(pattern)?.[1];
  const ranges = letters?.match(/\\u[0-9a-f]{4}(?:-\\u[0-9a-f]{4})?/g) ?? [];
  const ascii = ranges.filter((range) => Number.parseInt(range.slice(2, 6), 16) < 0x80);
  const isSimple = letters !== undefined && ascii.every((range) => !range.includes('-'));
  return isSimple ? ascii.map((range) => `"${range}"`) : undefined;
}

const typeOf = (value: string | number | boolean): string =>
  typeof value === 'string' ? 'str' : typeof value === 'boolean' ? 'bool' : Number.isInteger(value) ? 'int' : 'float';

function objectClauses({ fields, isOpen, constraints }: ObjectShape): string[] {
  const known = fields.length === 0 ? 'set()' : `{${fields.map(({ name }) => quote(name)).join(', ')}}`;
  return [
    'type(value) is dict',
    ...sizeConditions('value', constraints),
    ...(isOpen ? [] : [`value.keys() <= ${known}`]),
  ];
}

function numberConditions(at: string, constraints: Constraints): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = constraints;
  const bounds = { '>=': minimum, '<=': maximum, '>': exclusiveMinimum, '<': exclusiveMaximum };
  return Object.entries(bounds).flatMap(([sign, bound]) => (bound === undefined ? [] : [`${at} ${sign} ${bound}`]));
}

function sizeConditions(at: string, constraints: Constraints): string[] {
  const least = constraints.minItems ?? constraints.minProperties;
  const most = constraints.maxItems ?? constraints.maxProperties;
  return [
    ...(least === undefined ? [] : [`len(${at}) >= ${least}`]),
    ...(most === undefined ? [] : [`len(${at}) <= ${most}`]),
  ];
}
