import { readFileSync } from 'node:fs';
import type { JsonObject, JsonValue, SchemaName } from '@agentnet/protocol';

/** What must hold before an interaction. */
export interface State {
  readonly name: string;
  readonly parameters?: JsonObject;
}

/** Which part of an interaction a schema is for. */
export type Part = 'request' | 'reply' | 'message';

interface Content {
  readonly contents: { readonly content: JsonValue };
}

/** One interaction as a V4 pact file has it. */
export interface PactInteraction {
  readonly type: 'Synchronous/Messages' | 'Asynchronous/Messages';
  readonly description: string;
  readonly providerStates?: readonly { readonly name: string; readonly params?: JsonObject }[];
  readonly comments?: { readonly references?: { readonly asyncapi?: Readonly<Partial<Record<Part, SchemaName>>> } };
  /** Of a synchronous one. */
  readonly request?: Content;
  readonly response?: readonly Content[];
  /** Of an asynchronous one. */
  readonly contents?: Content['contents'];
}

export interface PactFile {
  readonly consumer: { readonly name: string };
  readonly provider: { readonly name: string };
  readonly interactions: readonly PactInteraction[];
  readonly metadata: JsonObject;
}

export function readPact(file: string | URL): PactFile {
  return JSON.parse(readFileSync(file, 'utf8')) as PactFile;
}

/** The same text for the same contract: interactions and fields in order, without the versions of the libraries that wrote it. */
export function canonicalPact({ interactions, metadata, ...parties }: PactFile): string {
  const pact = {
    ...parties,
    interactions: [...interactions].sort((one, other) => (one.description < other.description ? -1 : 1)),
    metadata: { pactSpecification: metadata['pactSpecification'] },
  };
  return `${JSON.stringify(sorted(pact), undefined, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}

/** The examples of an interaction, each with the schema it names. */
export function examplesOf({
  comments,
  request,
  response = [],
  contents,
}: PactInteraction): [SchemaName | undefined, JsonValue][] {
  const schemas = comments?.references?.asyncapi ?? {};
  return [
    ...(request ? [[schemas.request, request.contents.content] as [SchemaName | undefined, JsonValue]] : []),
    ...response.map((one): [SchemaName | undefined, JsonValue] => [schemas.reply, one.contents.content]),
    ...(contents ? [[schemas.message, contents.content] as [SchemaName | undefined, JsonValue]] : []),
  ];
}
