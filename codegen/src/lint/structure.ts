import { Ajv, type ErrorObject } from 'ajv';
import type { LintRule } from './lint-rule.js';

const text = { type: 'string', minLength: 1 };
const flag = { type: 'boolean' };
const reference = { type: 'object', required: ['$ref'], additionalProperties: false, properties: { $ref: text } };
const references = { type: 'array', minItems: 1, items: reference };
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
});
const mapOf = (items: object, keys: string) => ({
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: keys },
  additionalProperties: items,
});

const camelCase = '^[a-z][A-Za-z0-9]*$';
const snakeCase = '^[a-z][a-z0-9]*(_[a-z0-9]+)*$';
const pascalCase = '^[A-Z][A-Za-z0-9]*$';

const parameter = closed(['description', 'x-schema'], { description: text, 'x-schema': text, 'x-multi-token': flag });

const channel = closed(['address', 'description', 'messages'], {
  address: { type: ['string', 'null'], minLength: 1 },
  title: text,
  summary: text,
  description: text,
  parameters: mapOf(parameter, snakeCase),
  messages: mapOf({ type: 'object' }, camelCase),
  'x-captured': flag,
});

const operation = closed(['action', 'x-role', 'summary', 'description', 'channel', 'messages'], {
  action: { enum: ['send', 'receive'] },
  title: text,
  summary: text,
  description: text,
  tags: { type: 'array' },
  channel: reference,
  messages: references,
  reply: closed(['channel', 'messages'], { channel: reference, messages: references, address: { type: 'object' } }),
  bindings: closed(['nats'], { nats: closed(['queue'], { queue: text, bindingVersion: text }) }),
  'x-role': { enum: ['rpc', 'event', 'message'] },
  'x-timeout': text,
  'x-body': { enum: ['ignored-when-malformed'] },
  'x-errors': {
    type: 'array',
    minItems: 1,
    items: closed(['code', 'error'], { code: text, error: text, field: text }),
  },
  'x-rules': { type: 'array', minItems: 1, items: text },
});

const message = closed(['payload'], {
  name: text,
  title: text,
  summary: text,
  description: text,
  contentType: { const: 'application/json' },
  payload: reference,
  tags: { type: 'array' },
});

const texts = { oneOf: [text, { type: 'array', minItems: 1, items: text }] };

/** The conventions of this project's AsyncAPI documents; unknown keys are refused, so that a typing mistake is not read as an absence. */
const conventions = {
  type: 'object',
  required: [
    'asyncapi',
    'info',
    'channels',
    'operations',
    'components',
    'x-limits',
    'x-error-codes',
    'x-rules',
    'x-history',
  ],
  properties: {
    asyncapi: { const: '3.0.0' },
    info: {
      type: 'object',
      required: ['title', 'version', 'description'],
      properties: { title: text, version: text, description: text },
    },
    servers: { type: 'object', additionalProperties: { type: 'object', properties: { bindings: false } } },
    channels: mapOf(channel, camelCase),
    operations: mapOf(operation, snakeCase),
    components: {
      type: 'object',
      required: ['schemas'],
      properties: {
        schemas: mapOf({ type: 'object' }, pascalCase),
        messages: mapOf(message, pascalCase),
        messageTraits: false,
        operationTraits: false,
      },
    },
    'x-limits': mapOf(
      closed(['value', 'unit', 'description'], { value: { type: 'number' }, unit: text, description: text }),
      camelCase,
    ),
    'x-error-codes': mapOf(
      closed(['origin', 'retryable', 'text'], {
        origin: { enum: ['registry', 'peer', 'local'] },
        retryable: flag,
        text,
        detail: text,
        idempotency_detail: text,
      }),
      snakeCase,
    ),
    'x-rules': {
      type: 'array',
      items: closed(['id', 'level', 'text'], {
        id: text,
        level: { enum: ['W', 'B'] },
        text,
        case: texts,
        defects: { type: 'array', minItems: 1, items: text },
      }),
    },
    'x-tools': mapOf(
      closed(['description', 'arguments'], { description: text, arguments: text, operation: text }),
      snakeCase,
    ),
    'x-history': closed(['stream', 'consumer', 'receiptStream', 'receiptConsumer', 'tapQueue'], {
      stream: text,
      consumer: text,
      receiptStream: text,
      receiptConsumer: text,
      tapQueue: text,
    }),
    'x-buckets': mapOf(closed(['name', 'description'], { name: text, description: text }), camelCase),
    'x-headers': mapOf(closed(['name', 'description'], { name: text, description: text }), camelCase),
  },
};

const validate = new Ajv({ allErrors: true, strict: false }).compile(conventions);

/** The document has the shape the other rules and the model take for granted. */
export const structure: LintRule = ({ spec, report }) => {
  if (validate(spec)) return;
  for (const error of validate.errors ?? []) {
    if (error.keyword === 'oneOf' || error.keyword === 'propertyNames') continue;
    report(error.instancePath, explain(error), 'See the conventions at the head of codegen/README.md.');
  }
};

function explain({ keyword, params, propertyName, message = 'is not as it should be' }: ErrorObject): string {
  switch (keyword) {
    case 'additionalProperties':
      return `'${params.additionalProperty}' means nothing here`;
    case 'required':
      return `'${params.missingProperty}' is missing`;
    case 'enum':
      return `must be one of ${params.allowedValues.join(', ')}`;
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'false schema':
      return 'is not supported';
    default:
      return propertyName === undefined ? message : `the name '${propertyName}' ${message}`;
  }
}
