import type { ErrorCode, Protocol, Rule } from '../../model/protocol.js';
import { toolSchema } from '../../model/tool-schema.js';
import { docString } from './doc-string.js';
import { constantCase, literal, quote, snakeCase, tuple } from './names.js';

/** `limits.py`: every number of the protocol. */
export function renderLimits({ limits }: Protocol): string {
  const lines = limits.map(
    ({ name, value, unit, description }) =>
      `${constantCase(name)}: Final = ${value}\n${docString([`${description} Unit: ${unit}.`])}`,
  );
  return `"""Every number of the protocol."""\n\nfrom typing import Final\n\n${lines.join('\n\n')}\n`;
}

/** `errors.py`: the error codes and the one error class of the generated package. */
export function renderErrors({ errorCodes }: Protocol): string {
  const fields = [...new Set(errorCodes.flatMap(({ wireTexts }) => Object.keys(wireTexts)))].map(snakeCase);
  return `"""Every way in which a call or a message can fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeGuard

ErrorCode: TypeAlias = Literal[
${errorCodes.map(({ code }) => `    ${quote(code)},`).join('\n')}
]


@dataclass(frozen=True, kw_only=True)
class ErrorCodeFacts:
    """What the spec says about one error code."""

    origin: Literal["registry", "peer", "local"]
    """Who raises it."""
    retryable: bool
    """Whether the same call can succeed later."""
    text: str
    """One sentence for people."""
${fields.map((field) => `    ${field}: str = ""\n    """The protocol's exact \`${field}\` text on the wire."""`).join('\n')}


error_codes: Final[Mapping[ErrorCode, ErrorCodeFacts]] = {
${errorCodes.map(errorFacts).join('\n')}
}


class ProtocolError(Exception):
    """A failure with a code of the spec. Its message is \`[code] detail\`."""

    def __init__(self, code: ErrorCode, detail: str) -> None:
        super().__init__(f"[{code}] {detail}")
        self.code: Final[ErrorCode] = code
        self.detail: Final = detail

    @property
    def retryable(self) -> bool:
        """Whether the same call can succeed later."""
        return error_codes[self.code].retryable


def is_error_code(value: object) -> TypeGuard[ErrorCode]:
    """Whether this version of the spec knows \`value\` as an error code."""
    return isinstance(value, str) and value in error_codes
`;
}

function errorFacts({ code, origin, isRetryable, text, wireTexts }: ErrorCode): string {
  const facts = { origin, retryable: isRetryable, text, ...wireTexts };
  const lines = Object.entries(facts).map(([name, value]) => `        ${snakeCase(name)}=${literal(value)},`);
  return `    ${quote(code)}: ErrorCodeFacts(\n${lines.join('\n')}\n    ),`;
}

/** `rules.py`: the requirements that contract tests cite. */
export function renderRules({ rules }: Protocol): string {
  return `"""The requirements that contract tests cite."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, kw_only=True)
class RuleFacts:
    """What the spec says about one rule."""

    level: Literal["W", "B"]
    """\`W\`: needed to interoperate. \`B\`: better than the protocol's first implementation."""
    cases: tuple[str, ...]
    """Conformance cases that test it."""
    text: str
    """The requirement, in RFC 2119 words."""
    defects: tuple[str, ...]
    """Known defects of the first implementation that it rules out."""


rules: Final[Mapping[str, RuleFacts]] = {
${rules.map(ruleFacts).join('\n')}
}
"""By id."""
`;
}

function ruleFacts({ id, level, cases, text, defects }: Rule): string {
  return `    ${quote(id)}: RuleFacts(
        level=${quote(level)},
        cases=${tuple(cases)},
        text=${quote(text)},
        defects=${tuple(defects)},
    ),`;
}

/** `tools.py`: the calls a language model may make, with the JSON Schema of their arguments. */
export function renderTools({ tools, schemas }: Protocol): string {
  const facts = tools.map(
    ({ name, description, arguments: schema }) => `    ${quote(name)}: ToolFacts(
        description=${quote(description)},
        arguments_schema=${quote(schema)},
        parameters=${literal(toolSchema(schema, schemas), '        ')},
    ),`,
  );
  return `"""The calls a language model may make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .validate import SchemaName


@dataclass(frozen=True, kw_only=True)
class ToolFacts:
    """What the spec says about one tool."""

    description: str
    """What the model reads about it."""
    arguments_schema: SchemaName
    """The schema that judges the arguments."""
    parameters: Mapping[str, Any]
    """The same for the model: one JSON Schema without references and patterns."""


tools: Final[Mapping[str, ToolFacts]] = {
${facts.join('\n')}
}
"""Every tool of the spec, by name."""
`;
}

/** `jetstream.py`: names of streams, consumers and buckets. */
export function renderJetStream({ history, buckets }: Protocol): string {
  const names = [
    `HISTORY_STREAM: Final = ${quote(history.stream)}`,
    `HISTORY_CONSUMER: Final = ${quote(history.consumer)}`,
    `RECEIPT_STREAM: Final = ${quote(history.receiptStream)}`,
    `RECEIPT_CONSUMER: Final = ${quote(history.receiptConsumer)}`,
    `HISTORY_TAP_QUEUE: Final = ${quote(history.tapQueue)}\n"""Queue group of the tap on plain reply inboxes."""`,
    ...buckets.map(
      ({ key, name, description }) =>
        `${constantCase(key)}_BUCKET: Final = ${quote(name)}\n${docString([description])}`,
    ),
  ];
  return `"""Names of the JetStream streams of history and receipts, their consumers, and the buckets."""\n\nfrom typing import Final\n\n${names.join('\n')}\n`;
}

/** `headers.py`: names of NATS headers. */
export function renderHeaders({ headers }: Protocol): string {
  const names = headers.map(
    ({ key, name, description }) => `${constantCase(key)}: Final = ${quote(name)}\n${docString([description])}`,
  );
  return `"""Names of NATS headers."""\n\nfrom typing import Final\n\n${names.join('\n')}\n`;
}
