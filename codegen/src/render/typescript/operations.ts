import type { Operation, Protocol } from '../../model/protocol.js';
import { docComment } from './doc-comment.js';
import { camelCase, propertyKey, quote } from './names.js';
import { patternOf } from './subjects.js';

/** `operations.ts`: the facts of each operation, by the spec's own name. */
export function renderOperations({ operations }: Protocol): string {
  const rpcs = operations.filter(({ role }) => role === 'rpc');
  const events = operations.filter(({ role }) => role === 'event');
  const types = [
    ...new Set(
      [...rpcs, ...events].flatMap(({ requests: [request], reply }) =>
        reply === undefined ? [request] : [request, reply],
      ),
    ),
  ];
  return `import type { ErrorCode } from './errors.js';
import { limits } from './limits.js';
import type {
${types.map((type) => `  ${type},`).join('\n')}
} from './models.js';

/** The facts of each operation, by the spec's own name. \`action\` is from the point of view of an agent. */
export const operations = {
${operations.map(renderOperation).join('\n')}
} as const;

/** Any operation of the spec. */
export type OperationName = keyof typeof operations;

/** A request to the registry that is always answered. */
export type RpcName = keyof RpcMessages;

/** A message to the registry that is never answered. */
export type EventName = keyof EventMessages;

/** Request and reply of each rpc. */
export interface RpcMessages {
${rpcs.map(({ name, requests, reply }) => `  ${propertyKey(name)}: { request: ${requests[0]}; reply: ${reply} };`).join('\n')}
}

/** Body of each event. */
export interface EventMessages {
${events.map(({ name, requests }) => `  ${propertyKey(name)}: ${requests[0]};`).join('\n')}
}

/** The exact text of the reply's \`error\` field when \`operation\` is refused with \`code\`; the code itself where the spec has no text. */
export function errorText(operation: RpcName, code: ErrorCode): string {
  const texts: { readonly [C in ErrorCode]?: string } = operations[operation].errors;
  return texts[code] ?? code;
}
`;
}

function renderOperation(operation: Operation): string {
  const {
    name,
    summary,
    description,
    role,
    action,
    channel,
    queue,
    requests,
    reply,
    errors,
    timeout,
    ignoresMalformedBody,
  } = operation;
  const facts = [
    `role: ${quote(role)}`,
    `action: ${quote(action)}`,
    `channel: ${quote(camelCase(channel.name))}`,
    `subject: ${quote(patternOf(channel))}`,
    ...(queue !== undefined && !queue.includes('{') ? [`queue: ${quote(queue)}`] : []),
    `request: ${quote(requests[0] ?? '')}`,
    ...(reply === undefined ? [] : [`reply: ${quote(reply)}`]),
    ...(timeout === undefined ? [] : [`timeoutMs: limits.${timeout}`]),
    ...(role === 'rpc' ? [`ignoresMalformedBody: ${ignoresMalformedBody}`, ...renderErrors(errors)] : []),
  ];
  return `${docComment([summary, description], '  ')}\n  ${propertyKey(name)}: {\n${facts.map((fact) => `    ${fact},`).join('\n')}\n  },`;
}

function renderErrors(errors: Operation['errors']): string[] {
  const texts = new Map<string, string>();
  for (const { code, error } of errors) if (!texts.has(code)) texts.set(code, error);
  const required = errors.flatMap(({ field, error }) =>
    field === undefined ? [] : [`      ${propertyKey(field)}: ${quote(error)},\n`],
  );
  const lines = [...texts].map(([code, error]) => `      ${propertyKey(code)}: ${quote(error)},\n`);
  return [
    `/** Exact text of the reply's \`error\` field, by code. */\n    errors: {\n${lines.join('')}    }`,
    required.length === 0
      ? 'requiredFields: {}'
      : `/** The text when that field is missing or empty. */\n    requiredFields: {\n${required.join('')}    }`,
  ];
}
