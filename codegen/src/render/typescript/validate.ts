import type { Protocol } from '../../model/protocol.js';

/** `validate.ts`: the validators by schema name, with errors in the protocol's own form. */
export function renderValidate({ schemas }: Protocol): string {
  const names = schemas.map(({ name }) => name);
  return `import * as compiled from '../ajv/validators.js';
import type { Validator, ValidatorError } from '../ajv/validators.js';
import type {
${names.map((name) => `  ${name},`).join('\n')}
} from './models.js';

/** One thing that is wrong with a value. */
export interface Violation {
  /** JSON pointer to the offending part, \`''\` for the root. */
  path: string;
  /** The JSON Schema keyword that is broken. */
  keyword: string;
  /** For people: \`must be integer\`. */
  message: string;
}

/** The type behind each schema name. */
export interface Models {
${names.map((name) => `  ${name}: ${name};`).join('\n')}
}

/** A component schema of the spec. */
export type SchemaName = keyof Models;

const validators: { readonly [N in SchemaName]: Validator } = {
${names.map((name) => `  ${name}: compiled.${name},`).join('\n')}
};

/** What is wrong with \`value\`: nothing, or the first broken keyword and what led to it. */
export function check<N extends SchemaName>(name: N, value: unknown): Violation[] {
  const validator = validators[name];
  if (validator(value)) return [];
  const violations = (validator.errors ?? []).filter(({ keyword }) => keyword !== 'if').slice(0, 8);
  return violations.map(toViolation);
}

/** Whether \`value\` obeys the schema. */
export function is<N extends SchemaName>(name: N, value: unknown): value is Models[N] {
  return validators[name](value);
}

function toViolation({ instancePath, keyword, params }: ValidatorError): Violation {
  return { path: instancePath, keyword, message: messageOf(keyword, params) };
}

function messageOf(keyword: string, params: ValidatorError['params']): string {
  switch (keyword) {
    case 'type':
      return \`must be \${[params.type].flat().join(' or ')}\`;
    case 'required':
      return \`must have the field '\${params.missingProperty}'\`;
    case 'enum':
      return \`must be one of \${[params.allowedValues].flat().join(', ')}\`;
    case 'const':
      return \`must be \${JSON.stringify(params.allowedValue)}\`;
    case 'pattern':
      return \`must match \${params.pattern}\`;
    case 'minLength':
    case 'maxLength':
      return \`must have at \${keyword === 'minLength' ? 'least' : 'most'} \${params.limit} characters\`;
    case 'minItems':
    case 'maxItems':
      return \`must have at \${keyword === 'minItems' ? 'least' : 'most'} \${params.limit} items\`;
    case 'minProperties':
    case 'maxProperties':
      return \`must have at \${keyword === 'minProperties' ? 'least' : 'most'} \${params.limit} fields\`;
    case 'uniqueItems':
      return 'must not hold an item twice';
    case 'additionalProperties':
      return \`must not have the field '\${params.additionalProperty}'\`;
    case 'discriminator':
      return \`has an unknown or missing '\${params.tag}'\`;
    default:
      return 'comparison' in params ? \`must be \${params.comparison} \${params.limit}\` : \`breaks \${keyword}\`;
  }
}
`;
}
