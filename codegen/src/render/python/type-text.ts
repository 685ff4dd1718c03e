import type { Constraints, ScalarShape, ScalarType, Shape } from '../../model/shape.js';
import { literal, quote } from './names.js';
import { pythonPattern } from './pattern.js';

const scalarTypes: Readonly<Record<ScalarType, string>> = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
};

/** The Python type of a shape, with the checks that pydantic makes of it. */
export function typeText(shape: Shape): string {
  switch (shape.kind) {
    case 'any':
      return 'Any';
    case 'scalar':
      return scalarText(shape);
    case 'enum':
      return `Literal[${shape.values.map(quote).join(', ')}]`;
    case 'const':
      return `Literal[${literal(shape.value)}]`;
    case 'array':
      return withSize(`list[${typeText(shape.items)}]`, shape.constraints);
    case 'map':
      return withSize(`dict[str, ${typeText(shape.values)}]`, shape.constraints);
    case 'object':
      return withSize('dict[str, Any]', shape.constraints);
    case 'reference':
      return shape.name;
    case 'union':
      return `Annotated[${shape.members.map(typeText).join(' | ')}, Field(discriminator=${quote(shape.discriminator)})]`;
    case 'nullable':
      return shape.of.kind === 'any' ? 'Any' : `${typeText(shape.of)} | None`;
  }
}

/** JSON has one kind of number and Python two, so every scalar is checked by the runtime's own `Scalar`. */
function scalarText({ types, constraints }: ScalarShape): string {
  const type = types.map((name) => scalarTypes[name]).join(' | ');
  const facts = [
    `types=(${types.map((name) => `${quote(name)},`).join(' ')})`.replace(/,\)$/, types.length === 1 ? ',)' : ')'),
    ...Object.entries(constraints).map(([keyword, value]) =>
      keyword === 'pattern' ? `pattern=${pythonPattern(String(value))}` : `${keywordOf(keyword)}=${literal(value)}`,
    ),
  ];
  return `Annotated[${type}, Scalar(${facts.join(', ')})]`;
}

function withSize(type: string, constraints: Constraints): string {
  const facts = Object.entries(constraints).map(([keyword, value]) => `${keywordOf(keyword)}=${literal(value)}`);
  return facts.length === 0 ? type : `Annotated[${type}, Size(${facts.join(', ')})]`;
}

const keywordOf = (keyword: string): string => keyword.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
