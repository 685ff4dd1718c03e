import type { Protocol } from '../../model/protocol.js';
import { toolSchema } from '../../model/tool-schema.js';
import { propertyKey, quote } from './names.js';

/** `tools.ts`: the calls a language model may make, with the JSON Schema of their arguments. */
export function renderTools({ tools, schemas }: Protocol): string {
  const names = tools.length === 0 ? ' never' : `\n${tools.map(({ name }) => `  | ${quote(name)}`).join('\n')}`;
  const entries = tools.map(
    ({ name, description, arguments: schema }) =>
      `  ${propertyKey(name)}: {\n    description: ${quote(description)},\n    argumentsSchema: ${quote(schema)},\n    parameters: ${literal(toolSchema(schema, schemas), '    ')},\n  },`,
  );
  return `import type { JsonObject } from './models.js';
import type { SchemaName } from './validate.js';

/** A call a language model may make. */
export type ToolName =${names};

/** What the spec says about one tool. */
export interface ToolFacts {
  /** What the model reads about it. */
  readonly description: string;
  /** The schema that judges the arguments. */
  readonly argumentsSchema: SchemaName;
  /** The same for the model: one JSON Schema without references and patterns. */
  readonly parameters: JsonObject;
}

/** Every tool of the spec. */
export const tools: Readonly<Record<ToolName, ToolFacts>> = {
${entries.join('\n')}
};
`;
}

function literal(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, indent)).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, item]) => `${inner}${propertyKey(key)}: ${literal(item, inner)},`);
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}
