import type { Bucket, Channel, Header, Operation, Parameter, Protocol } from '../../model/protocol.js';
import { docComment } from './doc-comment.js';
import { camelCase, quote } from './names.js';

/** `subjects.ts`: builders that refuse bad tokens, NATS patterns, matchers, queue groups. */
export function renderSubjects({ channels, operations, history, buckets, headers }: Protocol): string {
  const parametrised = channels.filter(({ parameters }) => parameters.length > 0);
  const grammars = new Map(
    parametrised.flatMap(({ parameters }) => parameters.map(({ schema, pattern }) => [schema, pattern])),
  );
  const queued = operations.filter(({ queue }) => queue !== undefined);
  return `import { ProtocolError } from './errors.js';

${[...grammars].map(([schema, pattern]) => `const grammarOf${schema} = /${regexSource(pattern)}/u;`).join('\n')}

/** The subject of each channel; builders where it has parameters. */
export const subjects = {
${channels.map(renderBuilder).join('\n')}
} as const;

/** The NATS subscription pattern of each channel. */
export const subjectPatterns = {
${channels.map((channel) => `  ${camelCase(channel.name)}: ${quote(patternOf(channel))},`).join('\n')}
} as const;

/** Reads the parameters back out of a subject; undefined when it does not belong to the channel. */
export const matchSubject = {
${parametrised.map(renderMatcher).join('\n')}
} as const;

/** Patterns of the channels that history records. */
export const capturedSubjects: readonly string[] = [
${channels
  .filter(({ isCaptured }) => isCaptured)
  .map((channel) => `  subjectPatterns.${camelCase(channel.name)},`)
  .join('\n')}
];

/** NATS queue group of the subscribers of each operation. */
export const queueGroups = {
${queued.map(renderQueue).join('\n')}
} as const;

/** Names of the streams of messages and of receipts, their consumers, and the queue group of the tap on plain reply inboxes. */
export const history = {
  stream: ${quote(history.stream)},
  consumer: ${quote(history.consumer)},
  receiptStream: ${quote(history.receiptStream)},
  receiptConsumer: ${quote(history.receiptConsumer)},
  tapQueue: ${quote(history.tapQueue)},
} as const;
${renderNames('buckets', 'Names of the JetStream buckets.', buckets)}${renderNames('headers', 'Names of the NATS headers.', headers)}
function requireToken(name: string, value: string, grammar: RegExp): string {
  if (typeof value === 'string' && grammar.test(value)) return value;
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : typeof value;
  throw new ProtocolError('invalid_subject_token', \`\${name} must match \${grammar.source}, got \${shown}\`);
}
`;
}

function renderNames(constant: string, description: string, named: readonly (Bucket | Header)[]): string {
  if (named.length === 0) return '';
  const lines = named.map((one) => `  /** ${one.description} */\n  ${one.key}: ${quote(one.name)},`);
  return `\n/** ${description} */\nexport const ${constant} = {\n${lines.join('\n')}\n} as const;\n`;
}

/** \`account.{account_id}.inbox\` -> \`account.*.inbox\`. */
export function patternOf({ address, parameters }: Channel): string {
  return parameters.reduce(
    (text, { name, isMultiToken }) => text.replace(`{${name}}`, isMultiToken ? '>' : '*'),
    address,
  );
}

function renderBuilder({ name, description, address, parameters }: Channel): string {
  const key = camelCase(name);
  const comment = docComment(
    [description, ...(parameters.length > 0 ? ['@throws {ProtocolError} `invalid_subject_token`'] : [])],
    '  ',
  );
  if (parameters.length === 0) return `${comment}\n  ${key}: ${quote(address)},`;
  return `${comment}\n  ${key}(${parametersOf(parameters)}): string {\n    return ${fill(address, parameters)};\n  },`;
}

function renderQueue({ name, queue = '', channel }: Operation): string {
  const used = channel.parameters.filter((parameter) => queue.includes(`{${parameter.name}}`));
  const key = camelCase(name);
  if (used.length === 0) return `  ${key}: ${quote(queue)},`;
  const comment = `  /** Of operation \`${name}\`. */\n`;
  return `${comment}  ${key}(${parametersOf(used)}): string {\n    return ${fill(queue, used)};\n  },`;
}

function renderMatcher({ name, address, parameters }: Channel): string {
  const source = parameters.reduce(
    (text, { name: parameter, isMultiToken }) => text.replace(`\\{${parameter}\\}`, isMultiToken ? '(.+)' : '([^.]+)'),
    address.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  );
  const type = `{ ${parameters.map((parameter) => `${parameter.name}: string`).join('; ')} }`;
  const variables = parameters.map((parameter) => camelCase(parameter.name));
  const tests = parameters.map(({ schema }, index) => `grammarOf${schema}.test(${variables[index]})`);
  const result = parameters.map((parameter, index) =>
    parameter.name === variables[index] ? parameter.name : `${parameter.name}: ${variables[index]}`,
  );
  return `  /** Of \`${address}\`. */
  ${camelCase(name)}(subject: string): ${type} | undefined {
    const [, ${variables.map((variable) => `${variable} = ''`).join(', ')}] = /^${source}$/s.exec(subject) ?? [];
    return ${tests.join(' && ')} ? { ${result.join(', ')} } : undefined;
  },`;
}

const parametersOf = (parameters: readonly Parameter[]): string =>
  parameters.map(({ name }) => `${camelCase(name)}: string`).join(', ');

function fill(template: string, parameters: readonly Parameter[]): string {
  const text = parameters.reduce(
    (filled, { name, schema }) =>
      filled.replace(`{${name}}`, `\${requireToken('${name}', ${camelCase(name)}, grammarOf${schema})}`),
    template,
  );
  return `\`${text}\``;
}

/** The pattern between slashes. */
function regexSource(pattern: string): string {
  return new RegExp(pattern, 'u').source;
}
