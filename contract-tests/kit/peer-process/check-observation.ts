import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The part of JSON Schema the peer protocol is written in. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly $ref?: string;
}

interface ProtocolSchema {
  readonly $defs: Readonly<Record<string, Schema>>;
}

let loaded: ProtocolSchema | undefined;

/** The schema file stands beside the sources, also when the compiled kit runs from `dist`. */
function protocolSchema(): ProtocolSchema {
  loaded ??= JSON.parse(readFileSync(schemaPath(), 'utf8')) as ProtocolSchema;
  return loaded;
}

function schemaPath(): string {
  const here = fileURLToPath(import.meta.url).replace('/dist/kit/', '/kit/');
  return `${here.slice(0, here.lastIndexOf('/kit/'))}/kit/peer-protocol.schema.json`;
}

/** What is wrong with a line a peer printed; undefined when it is an observation of the protocol. */
export function whyNoObservation(value: unknown): string | undefined {
  const saw = typeof value === 'object' && value !== null ? (value as { saw?: unknown }).saw : undefined;
  if (typeof saw !== 'string') return 'it has no text "saw"';
  const schema = protocolSchema().$defs[`observation_${saw}`];
  return schema ? mismatch(schema, value, saw) : `"saw" names no observation: ${saw}`;
}

function mismatch(schema: Schema, value: unknown, path: string): string | undefined {
  if (schema.$ref) {
    const referred = protocolSchema().$defs[schema.$ref.replace('#/$defs/', '')];
    return referred && mismatch(referred, value, path);
  }
  if (schema.const !== undefined && value !== schema.const) return `${path} must be ${JSON.stringify(schema.const)}`;
  if (schema.enum && !schema.enum.includes(value)) return `${path} must be one of ${schema.enum.join(', ')}`;
  if (schema.type && ![schema.type].flat().includes(typeOf(value, schema.type)))
    return `${path} must be ${[schema.type].flat().join(' or ')}`;
  if (schema.minimum !== undefined && typeof value === 'number' && value < schema.minimum)
    return `${path} must be at least ${schema.minimum}`;
  if (Array.isArray(value)) return firstOf(value.map((item) => mismatch(schema.items ?? {}, item, `${path}[]`)));
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Record<string, unknown>;
  const missing = schema.required?.find((name) => members[name] === undefined);
  if (missing) return `${path} lacks "${missing}"`;
  return firstOf(
    Object.entries(schema.properties ?? {}).map(([name, member]) =>
      members[name] === undefined ? undefined : mismatch(member, members[name], `${path}.${name}`),
    ),
  );
}

function typeOf(value: unknown, wanted: NonNullable<Schema['type']>): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) && [wanted].flat().includes('integer') ? 'integer' : typeof value;
}

const firstOf = (found: readonly (string | undefined)[]): string | undefined =>
  found.find((each) => each !== undefined);
