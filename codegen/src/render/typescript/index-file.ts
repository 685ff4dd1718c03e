import type { Protocol } from '../../model/protocol.js';

/**
 * `index.ts`: every public name, by file.
 *
 * @throws {Error} when a schema is called like something else in the package.
 */
export function renderIndex(protocol: Protocol): string {
  const text = indexText(protocol);
  const names = [...text.matchAll(/([A-Za-z]+)(?=,? }|,)/g)].map(([name]) => name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined)
    throw new Error(`the schema '${double}' is called like an export of the generated package; rename it`);
  return text;
}

function indexText({ schemas, buckets, headers }: Protocol): string {
  const bucketNames = buckets.length === 0 ? '' : 'buckets, ';
  const headerNames = headers.length === 0 ? '' : 'headers, ';
  return `export { type CallOptions, RemoteRefusal } from './call.js';
export { type ErrorCode, type ErrorCodeFacts, errorCodes, isErrorCode, ProtocolError } from './errors.js';
export { type Decoded, decodeJson, encodeJson, RawJson } from './json.js';
export { type LimitName, limits } from './limits.js';
export type {
${schemas.map(({ name }) => `  ${name},`).join('\n')}
} from './models.js';
export {
  type EventMessages,
  type EventName,
  errorText,
  type OperationName,
  operations,
  type RpcMessages,
  type RpcName,
} from './operations.js';
export { RegistryClient } from './registry-client.js';
export { type RegistryHandlers, serveRegistry } from './registry-service.js';
export { type RuleFacts, type RuleId, rules } from './rules.js';
export { type CallContext, type CallReport, Refusal, type ServeOptions, type Service, type ServiceObserver } from './serve.js';
export { ${bucketNames}capturedSubjects, ${headerNames}history, matchSubject, queueGroups, subjectPatterns, subjects } from './subjects.js';
export { formatInstant, type Instant, nowTimestamp, parseInstant } from './timestamp.js';
export { type ToolFacts, type ToolName, tools } from './tools.js';
export type { MessageHeaders, Transport, TransportMessage, TransportRequest, TransportSubscription } from './transport.js';
export { check, is, type Models, type SchemaName, type Violation } from './validate.js';
`;
}
