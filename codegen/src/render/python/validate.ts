import type { Protocol } from '../../model/protocol.js';

import { quote } from './names.js';

/** `validate.py`: the models by schema name, with errors in the protocol's own form. */
export function renderValidate(protocol: Protocol): string {
  const { schemas } = protocol;
  return `"""The schemas of the spec, by name, as judges of JSON values."""

from functools import cache
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

from . import models
from .accept import acceptors
from .violations import Violation, describe_violations, violations_of

__all__ = ["SchemaName", "Violation", "check", "describe_violations", "is_valid"]

SchemaName: TypeAlias = Literal[
${schemas.map(({ name }) => `    ${quote(name)},`).join('\n')}
]


def check(name: SchemaName, value: Any) -> list[Violation]:
    """What is wrong with \`value\`, as a JSON parser made it: nothing, or the broken keywords."""
    return [] if acceptors[name](value) else violations_of(_adapter_of(name), value)


def is_valid(name: SchemaName, value: Any) -> bool:
    """Whether \`value\` obeys the schema."""
    return not check(name, value)


@cache
def _adapter_of(name: SchemaName) -> TypeAdapter[Any]:
    return TypeAdapter(getattr(models, name))
`;
}

/** `__init__.py`: every public name, by file. */
export function renderInit(protocol: Protocol): string {
  const models = protocol.schemas.map(({ name }) => name).sort();
  const exports: Record<string, readonly string[]> = {
    '.call': ['RemoteRefusal'],
    '.errors': ['ErrorCode', 'ErrorCodeFacts', 'ProtocolError', 'error_codes', 'is_error_code'],
    '.json_text': ['Decoded', 'Parsed', 'RawJson', 'Undecoded', 'decode_json', 'encode_json', 'parse_json'],
    '.models': models,
    '.operations': ['OperationFacts', 'OperationName', 'error_text', 'operations'],
    '.registry_client': ['RegistryClient'],
    '.registry_service': ['RegistryHandlers', 'serve_registry'],
    '.rules': ['RuleFacts', 'rules'],
    '.serve': ['CallContext', 'CallReport', 'Observer', 'Refusal', 'Service'],
    '.timestamp': ['format_instant', 'now_timestamp', 'parse_instant'],
    '.tools': ['ToolFacts', 'tools'],
    '.transport': ['MessageHeaders', 'Transport', 'TransportMessage', 'TransportSubscription'],
    '.validate': ['SchemaName', 'Violation', 'check', 'describe_violations', 'is_valid'],
  };
  const modules = ['headers', 'jetstream', 'limits', 'queue_groups', 'subjects'];
  const names = Object.values(exports).flat();
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined)
    throw new Error(`the schema '${double}' is called like an export of the generated package; rename it`);
  const imports = Object.entries(exports).map(
    ([module, from]) => `from ${module} import (\n${from.map((name) => `    ${name},`).join('\n')}\n)`,
  );
  return `"""The AgentNet protocol: models, validators, subjects, limits, error codes, rules, registry client and service."""

from . import ${modules.join(', ')}
${imports.join('\n')}

__all__ = [
${[...modules, ...names]
  .sort()
  .map((name) => `    ${quote(name)},`)
  .join('\n')}
]
`;
}
