import { Ajv } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import type { Protocol } from '../../model/protocol.js';
import { validatorSchemas } from '../../model/validator-schema.js';

/** Ajv's own is a `require`; this is the same count of code points, in the file itself. */
const ucs2length = `function ucs2length(text) {
  let length = text.length;
  for (let at = text.length - 1; at > 0; at--) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) {
      length--;
      at--;
    }
  }
  return length;
}`;

/**
 * `ajv/validators.js`: one function per component schema, plain JavaScript with no imports and no code generation at run time.
 *
 * @throws {Error} when a schema needs an Ajv run-time module, naming it.
 */
export function renderValidators(protocol: Protocol): string {
  const ajv = new Ajv({
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    discriminator: true,
    inlineRefs: false,
    messages: false,
    code: { source: true, esm: true, lines: true, optimize: 2 },
  });
  const schemas = validatorSchemas(protocol.schemas);
  for (const schema of schemas.values()) ajv.addSchema(schema);
  const code = withoutImports(standalone(ajv, Object.fromEntries([...schemas.keys()].map((name) => [name, name]))));
  return `${ucs2length}\n\n${trim(code)}\n`;
}

function withoutImports(code: string): string {
  const inlined = code.replaceAll('require("ajv/dist/runtime/ucs2length").default', 'ucs2length');
  const runtime = /require\("([^"]+)"\)|^import .*$/m.exec(inlined);
  if (runtime)
    throw new Error(
      `the validators need '${runtime[1] ?? runtime[0]}' at run time; a schema uses a keyword that cannot be compiled to plain JavaScript`,
    );
  return inlined;
}

/** Leaves out what nobody reads, and counts code points only where the number of code units leaves it open (a count costs more than all the rest). */
function trim(code: string): string {
  return code
    .replace(/^"use strict";\n?/, '')
    .replace(/schemaPath:"(?:[^"\\]|\\.)*",/g, '')
    .replace(/^\/\*# sourceURL=.*\*\/;\n/gm, '')
    .replace(/^const (schema\d+) = .*;\n/gm, (line, name: string) =>
      code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length === 1 ? '' : line,
    )
    .replace(/(func\d+)\((\w+)\) > (\d+)/g, '$2.length > $3 && $1($2) > $3')
    .trimEnd();
}

// The module is CommonJS with a default export, which Node and TypeScript see differently.
const standalone = (
  typeof standaloneCode === 'function' ? standaloneCode : (standaloneCode as { default: unknown }).default
) as (ajv: Ajv, refs: Record<string, string>) => string;

export function renderValidatorTypes(protocol: Protocol): string {
  return `/** What Ajv found wrong with a value. */
export interface ValidatorError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Whether \`value\` obeys the schema; if not, \`errors\` says why until the next call. */
export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidatorError[] | null;
}

${protocol.schemas.map(({ name }) => `export const ${name}: Validator;`).join('\n')}
`;
}
