import type { Example } from '../../load/read-examples.js';
import type { Protocol, Rule } from '../../model/protocol.js';
import { renderExample } from './choose-example.js';
import { fieldTable } from './field-table.js';
import { code, schemaLink, table } from './markdown.js';

/** Every component schema with its fields and an example. */
export function schemasSection({ schemas }: Protocol, examples: readonly Example[]): string {
  const sections = schemas.map((schema) =>
    [`### ${schema.name}`, schema.description, fieldTable(schema), renderExample(schema, examples)]
      .filter((text) => text !== '')
      .join('\n\n'),
  );
  return ['## Schemas', ...sections].join('\n\n');
}

export function limitsSection({ limits }: Protocol): string {
  const rows = limits.map(({ name, value, unit, description }) => [code(name), String(value), unit, description]);
  return `## Limits\n\n${table(['Name', 'Value', 'Unit', 'Meaning'], rows)}`;
}

export function errorCodesSection({ errorCodes }: Protocol): string {
  const rows = errorCodes.map(({ code: name, origin, isRetryable, text, wireTexts }) => [
    code(name),
    origin,
    isRetryable ? 'yes' : 'no',
    text,
    Object.values(wireTexts).map(code).join(' or '),
  ]);
  return `## Error codes

Who raises it: the registry, the receiving peer, or the own (local) side.

${table(['Code', 'Raised by', 'Retry helps', 'Meaning', 'Exact `detail` of a receipt or error reply'], rows)}`;
}

/** The calls a language model may make; nothing when the protocol has none. */
export function toolsSection({ tools }: Protocol): string {
  if (tools.length === 0) return '';
  const rows = tools.map(({ name, description, arguments: schema }) => [code(name), description, schemaLink(schema)]);
  return `## Tools\n\nCalls a language model may make through an SDK.\n\n${table(['Name', 'What the model reads', 'Arguments'], rows)}`;
}

/** Rules by the first word of their id. */
export function rulesSection({ rules }: Protocol): string {
  const topics = [...new Set(rules.map(({ id }) => topicOf(id)))];
  const sections = topics.map((topic) => {
    const rows = rules.filter(({ id }) => topicOf(id) === topic).map(ruleRow);
    return `### Rules of ${topic}\n\n${table(['Rule', 'Level', 'Requirement', 'Cases', 'Rules out'], rows)}`;
  });
  return [
    '## Rules',
    'Level W is needed to interoperate, level B goes beyond the first implementation. Contract tests cite these ids; cases and defects are those of the conformance list.',
    ...sections,
  ].join('\n\n');
}

const topicOf = (id: string): string => id.split('.')[0] ?? id;

function ruleRow({ id, level, text, cases, defects }: Rule): string[] {
  return [code(id), level, text, cases.join(', '), defects.join(', ')];
}
