import type { Example } from '../../load/read-examples.js';
import type { Operation, Protocol, Schema } from '../../model/protocol.js';
import { renderExample } from './choose-example.js';
import { fieldTable } from './field-table.js';
import { code, schemaLink, table } from './markdown.js';

/** Every operation with its bodies, errors and timeout. */
export function operationsSection(protocol: Protocol, examples: readonly Example[]): string {
  const ofRole = (role: Operation['role']) => protocol.operations.filter((operation) => operation.role === role);
  return [
    '## Requests to the registry',
    ...ofRole('rpc').map((operation) => rpc(operation, protocol, examples)),
    '## Events to the registry',
    ...ofRole('event').map((operation) => event(operation, protocol, examples)),
    '## Messages between agents',
    ...ofRole('message').map(message),
  ].join('\n\n');
}

function rpc(operation: Operation, protocol: Protocol, examples: readonly Example[]): string {
  const timeout = protocol.limits.find(({ name }) => name === operation.timeout);
  return [
    heading(operation),
    facts(operation, timeout && `Clients wait ${timeout.value} ms (${code(timeout.name)}).`),
    ...operation.requests.flatMap((name) => body('Request', name, protocol, examples)),
    ...(operation.reply === undefined ? [] : body('Reply', operation.reply, protocol, examples)),
    `**Refusals** (${operation.errorReply === undefined ? '' : schemaLink(operation.errorReply)}): ${bodyRule(operation)}`,
    errorTable(operation, protocol),
    ...cited(operation),
  ].join('\n\n');
}

function event(operation: Operation, protocol: Protocol, examples: readonly Example[]): string {
  const bodies = operation.requests.flatMap((name) => body('Body', name, protocol, examples));
  return [heading(operation), facts(operation, 'Never answered.'), ...bodies, ...cited(operation)].join('\n\n');
}

function message(operation: Operation): string {
  const bodies = operation.requests.map(schemaLink).join(', ');
  const direction = operation.action === 'send' ? 'Agents publish' : 'Agents subscribe to';
  return [heading(operation), facts(operation, `${direction} it. Body: ${bodies}.`), ...cited(operation)].join('\n\n');
}

function heading({ role, name, summary, description }: Operation): string {
  return `### ${role} ${code(name)}\n\n${summary} ${description}`;
}

function facts({ role, action, channel, queue }: Operation, more = ''): string {
  const isPublisher = role === 'message' && action === 'send';
  const group = queue === undefined ? ', no queue group' : `, queue group ${code(queue)}`;
  return `Subject ${code(channel.address)}${isPublisher ? '' : group}. ${more}`.trim();
}

function body(title: string, name: string, { schemas }: Protocol, examples: readonly Example[]): string[] {
  const schema = schemas.find((candidate): candidate is Schema => candidate.name === name);
  if (!schema) return [];
  return [
    `**${title}** (${schemaLink(name)}): ${schema.description}`,
    fieldTable(schema),
    renderExample(schema, examples),
  ].filter((text) => text !== '');
}

function bodyRule({ ignoresMalformedBody }: Operation): string {
  return ignoresMalformedBody
    ? 'a body that is no JSON object counts as `{}`.'
    : 'a body that is not UTF-8 JSON, is no object or breaks the schema is refused too.';
}

function errorTable({ errors }: Operation, { errorCodes }: Protocol): string {
  const rows = errors.map(({ code: name, error, field }) => {
    const found = errorCodes.find((candidate) => candidate.code === name);
    const meaning = field === undefined ? (found?.text ?? '') : `${code(field)} is missing or empty.`;
    return [code(name), code(error), found?.isRetryable ? 'yes' : 'no', meaning];
  });
  return table(['`code`', 'Exact `error`', 'Retry helps', 'Meaning'], rows);
}

function cited({ rules }: Operation): string[] {
  return rules.length === 0 ? [] : [`Rules: ${rules.map(code).join(', ')}.`];
}
