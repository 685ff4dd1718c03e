import type { Channel, Operation, Parameter, Protocol } from '../../model/protocol.js';
import { patternOf } from '../typescript/subjects.js';
import { docString } from './doc-string.js';
import { constantCase, quote, snakeCase } from './names.js';
import { pythonPattern } from './pattern.js';

/** `subjects.py`: builders that refuse bad tokens, NATS patterns, matchers. */
export function renderSubjects({ channels }: Protocol): string {
  const parametrised = channels.filter(({ parameters }) => parameters.length > 0);
  const fixed = channels.filter(({ parameters }) => parameters.length === 0);
  const grammars = new Map(
    parametrised.flatMap(({ parameters }) => parameters.map(({ schema, pattern }) => [schema, pattern])),
  );
  return `"""The subjects of the network: builders that refuse bad tokens, patterns to subscribe to, matchers."""

import re
from collections.abc import Mapping
from typing import Final

from .tokens import require_token

${[...grammars].map(([schema, pattern]) => `${grammarName(schema)}: Final = re.compile(${pythonPattern(pattern)})`).join('\n')}

${fixed.map(({ name, description, address }) => `${constantCase(name)}: Final = ${quote(address)}\n${docString([description])}`).join('\n')}

patterns: Final[Mapping[str, str]] = {
${channels.map((channel) => `    ${quote(snakeCase(channel.name))}: ${quote(patternOf(channel))},`).join('\n')}
}
"""The NATS subscription pattern of each channel."""

captured: Final[tuple[str, ...]] = (
${channels
  .filter(({ isCaptured }) => isCaptured)
  .map((channel) => `    ${quote(patternOf(channel))},`)
  .join('\n')}
)
"""Patterns of the channels that history records."""


${[...parametrised.map(renderBuilder), ...parametrised.map(renderMatcher)].join('\n\n\n')}
`;
}

/** `queue_groups.py`: the NATS queue group of the subscribers of each operation. */
export function renderQueueGroups({ operations }: Protocol): string {
  const queued = operations.filter(({ queue }) => queue !== undefined);
  const fixed = queued.filter(({ queue = '' }) => !queue.includes('{'));
  const built = queued.filter(({ queue = '' }) => queue.includes('{'));
  const grammars = [
    ...new Set(built.flatMap((operation) => usedParameters(operation).map(({ schema }) => grammarName(schema)))),
  ];
  return `"""NATS queue group of the subscribers of each operation."""

from typing import Final

${grammars.length === 0 ? '' : `from .subjects import ${grammars.sort().join(', ')}\nfrom .tokens import require_token\n`}
${fixed.map(({ name, queue = '' }) => `${constantCase(name)}: Final = ${quote(queue)}`).join('\n')}


${built.map((operation) => `def ${snakeCase(operation.name)}(${signature(usedParameters(operation))}) -> str:\n${raises(operation.summary)}\n    return ${fill(operation.queue ?? '', usedParameters(operation))}`).join('\n\n\n')}
`;
}

const usedParameters = ({ queue = '', channel }: Operation): Parameter[] =>
  channel.parameters.filter(({ name }) => queue.includes(`{${name}}`));

const grammarName = (schema: string): string => `${constantCase(schema)}_GRAMMAR`;

const raises = (description: string): string =>
  docString([description, 'Raises:\n    ProtocolError: `invalid_subject_token`'], '    ');

const signature = (parameters: readonly Parameter[]): string =>
  parameters.map(({ name }) => `${snakeCase(name)}: str`).join(', ');

function renderBuilder({ name, description, address, parameters }: Channel): string {
  return `def ${snakeCase(name)}(${signature(parameters)}) -> str:\n${raises(description)}\n    return ${fill(address, parameters)}`;
}

function renderMatcher({ name, address, parameters }: Channel): string {
  const source = parameters.reduce(
    (text, { name: parameter, isMultiToken }) => text.replace(`\\{${parameter}\\}`, isMultiToken ? '(.+)' : '([^.]+)'),
    address.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  );
  const tests = parameters.map(({ schema }, index) => `${grammarName(schema)}.search(found[${index + 1}])`);
  const entries = parameters.map((parameter, index) => `${quote(parameter.name)}: found[${index + 1}]`);
  return `def match_${snakeCase(name)}(subject: str) -> dict[str, str] | None:
    """Reads the parameters back out of a subject; None when it does not belong to the channel."""
    found = re.fullmatch(r"${source}", subject, re.DOTALL)
    if found and ${tests.join(' and ')}:
        return {${entries.join(', ')}}
    return None`;
}

function fill(template: string, parameters: readonly Parameter[]): string {
  const text = parameters.reduce(
    (filled, { name, schema }) =>
      filled.replace(`{${name}}`, `{require_token('${name}', ${snakeCase(name)}, ${grammarName(schema)})}`),
    template,
  );
  return `f"${text}"`;
}
