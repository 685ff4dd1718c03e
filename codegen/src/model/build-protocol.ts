import type { Bundle } from '../load/bundle.js';
import { payloadName } from './follow-reference.js';
import type { Bucket, Channel, Operation, Parameter, Protocol, Schema } from './protocol.js';
import type { RawChannel, RawOperation, RawSpec } from './raw-spec.js';
import { readShape } from './read-shape.js';

/** Reads a bundle that has passed the lint. */
export function buildProtocol(bundle: Bundle): Protocol {
  const spec = bundle.document as unknown as RawSpec;
  const channels = new Map(
    Object.entries(spec.channels)
      .filter(([, channel]) => channel.address !== null)
      .map(([name, channel]) => [name, buildChannel(name, channel, spec)]),
  );
  return {
    title: spec.info.title,
    version: spec.info.version,
    description: spec.info.description,
    sha: bundle.sha,
    schemas: buildSchemas(spec),
    channels: [...channels.values()],
    operations: Object.entries(spec.operations).map(([name, operation]) =>
      buildOperation(name, operation, spec, channels),
    ),
    errorCodes: Object.entries(spec['x-error-codes']).map(([code, { origin, retryable, text, ...wireTexts }]) => ({
      code,
      origin,
      isRetryable: retryable,
      text,
      wireTexts,
    })),
    limits: Object.entries(spec['x-limits']).map(([name, { value, unit, description }]) => ({
      name,
      value,
      unit,
      description,
    })),
    rules: spec['x-rules'].map(({ id, level, text, case: cases, defects }) => ({
      id,
      level,
      text,
      cases: listOf(cases),
      defects: listOf(defects),
    })),
    history: spec['x-history'],
    tools: Object.entries(spec['x-tools'] ?? {}).map(([name, { description, arguments: schema }]) => ({
      name,
      description,
      arguments: schema,
    })),
    buckets: namesOf(spec['x-buckets']),
    headers: namesOf(spec['x-headers']),
  };
}

function namesOf(named: RawSpec['x-buckets'] = {}): Bucket[] {
  return Object.entries(named).map(([key, { name, description }]) => ({ key, name, description }));
}

function buildSchemas(spec: RawSpec): Schema[] {
  return Object.entries(spec.components.schemas).map(([name, raw]) => ({
    name,
    description: String(raw.description ?? ''),
    shape: readShape(raw, '', unexpected),
    examples: Array.isArray(raw.examples) ? raw.examples : [],
  }));
}

function buildChannel(name: string, raw: RawChannel, spec: RawSpec): Channel {
  const address = raw.address ?? '';
  const parameters = parameterNames(address).map((parameter): Parameter => {
    const {
      description,
      'x-schema': schema,
      'x-multi-token': isMultiToken = false,
    } = known(raw.parameters?.[parameter]);
    return {
      name: parameter,
      description,
      schema,
      pattern: String(spec.components.schemas[schema]?.pattern),
      isMultiToken,
    };
  });
  const payloads = Object.values(raw.messages).map((message) => known(payloadName(spec, message)));
  return { name, description: raw.description, address, parameters, payloads, isCaptured: raw['x-captured'] === true };
}

function buildOperation(
  name: string,
  raw: RawOperation,
  spec: RawSpec,
  channels: ReadonlyMap<string, Channel>,
): Operation {
  const replies = raw.reply?.messages.map((message) => known(payloadName(spec, message))) ?? [];
  const [reply, errorReply] = replies;
  const queue = raw.bindings?.nats?.queue;
  const timeout = raw['x-timeout'];
  return {
    name,
    summary: raw.summary,
    description: raw.description,
    role: raw['x-role'],
    action: raw.action,
    channel: known(channels.get(raw.channel.$ref.slice('#/channels/'.length))),
    requests: raw.messages.map((message) => known(payloadName(spec, message))),
    errors: raw['x-errors'] ?? [],
    ignoresMalformedBody: raw['x-body'] === 'ignored-when-malformed',
    rules: raw['x-rules'] ?? [],
    ...(reply !== undefined && { reply }),
    ...(errorReply !== undefined && { errorReply }),
    ...(queue !== undefined && { queue }),
    ...(timeout !== undefined && { timeout }),
  };
}

/** `account.{account_id}.inbox` -> `['account_id']`. */
export function parameterNames(template: string): string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the lint let an incomplete spec through: a reference leads nowhere');
  return value;
}

function unexpected(pointer: string, what: string): never {
  throw new Error(`the lint let a schema through that cannot be read: ${pointer}: ${what}`);
}
