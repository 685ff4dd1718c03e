import type { Operation, Protocol } from '../../model/protocol.js';
import { patternOf } from '../typescript/subjects.js';
import { docString } from './doc-string.js';
import { constantCase, literal, quote, snakeCase } from './names.js';

/** `operations.py`: the facts of each operation, by the spec's own name. */
export function renderOperations({ operations }: Protocol): string {
  return `"""The facts of each operation, by the spec's own name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from . import limits
from .errors import ErrorCode
from .validate import SchemaName

OperationName: TypeAlias = Literal[
${operations.map(({ name }) => `    ${quote(name)},`).join('\n')}
]


@dataclass(frozen=True, kw_only=True)
class OperationFacts:
    """What the spec says about one operation. \`action\` is from the point of view of an agent."""

    summary: str
    role: Literal["rpc", "event", "message"]
    action: Literal["send", "receive"]
    subject: str
    """Subscription pattern of its channel."""
    request: SchemaName
    reply: SchemaName | None = None
    queue: str = ""
    """Queue group of the subscriber, where it has no parameter."""
    timeout_ms: int = 0
    """The client's default timeout; 0 for what is never answered."""
    ignores_malformed_body: bool = False
    errors: Mapping[ErrorCode, str] = field(default_factory=dict)
    """Exact text of the reply's \`error\` field, by code."""
    required_fields: Mapping[str, str] = field(default_factory=dict)
    """The text when that field is missing or empty."""


operations: Final[Mapping[OperationName, OperationFacts]] = {
${operations.map(renderOperation).join('\n')}
}


def error_text(operation: OperationName, code: ErrorCode) -> str:
    """The exact text of the reply's \`error\` field when \`operation\` is refused with \`code\`; the code itself where the spec has no text."""
    return operations[operation].errors.get(code, code)
`;
}

function renderOperation(operation: Operation): string {
  const { name, summary, role, action, channel, queue, requests, reply, errors, timeout } = operation;
  const texts = Object.fromEntries([...errors].reverse().map(({ code, error }) => [code, error]));
  const required = Object.fromEntries(
    errors.flatMap(({ field, error }) => (field === undefined ? [] : [[field, error]])),
  );
  const facts: Record<string, string> = {
    summary: quote(summary),
    role: quote(role),
    action: quote(action),
    subject: quote(patternOf(channel)),
    request: quote(requests[0] ?? ''),
    ...(reply !== undefined && { reply: quote(reply) }),
    ...(queue !== undefined && !queue.includes('{') && { queue: quote(queue) }),
    ...(timeout !== undefined && { timeout_ms: `limits.${constantCase(timeout)}` }),
    ...(operation.ignoresMalformedBody && { ignores_malformed_body: 'True' }),
    ...(errors.length > 0 && { errors: literal(texts, '        ') }),
    ...(Object.keys(required).length > 0 && { required_fields: literal(required, '        ') }),
  };
  const lines = Object.entries(facts).map(([key, value]) => `        ${key}=${value},`);
  return `    ${quote(name)}: OperationFacts(\n${lines.join('\n')}\n    ),`;
}

/** `registry_client.py`: one method per rpc and event. */
export function renderRegistryClient({ operations }: Protocol): string {
  const rpcs = operations.filter(({ role }) => role === 'rpc');
  const events = operations.filter(({ role }) => role === 'event');
  return `"""The registry, as a client sees it."""

from .call import call_rpc, publish_event
from .models import (
${typeNames([...rpcs, ...events])}
)
from .transport import Transport


class RegistryClient:
    """Requests are checked before they are sent, replies before they are returned; a refusal is raised as \`RemoteRefusal\`.

    Every call takes \`timeout_ms\`, milliseconds until it fails; by default that of the operation.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

${[...rpcs.map(renderRpc), ...events.map(renderEvent)].join('\n\n')}
`;
}

function typeNames(operations: readonly Operation[]): string {
  const types = operations.flatMap(({ requests: [request = ''], reply }) =>
    reply === undefined ? [request] : [request, reply],
  );
  return [...new Set(types)]
    .sort()
    .map((type) => `    ${type},`)
    .join('\n');
}

function renderRpc({ name, summary, description, errors, requests, reply }: Operation): string {
  const codes = [...new Set(errors.map(({ code }) => `\`${code}\``))].join(', ');
  const comment = docString(
    [summary, description, codes === '' ? '' : `Raises:\n    RemoteRefusal: ${codes}`],
    '        ',
  );
  return `    async def ${snakeCase(name)}(self, request: ${requests[0]}, *, timeout_ms: int | None = None) -> ${reply}:
${comment}
        return await call_rpc(self._transport, ${quote(name)}, request, ${reply}, timeout_ms)`;
}

function renderEvent({ name, summary, description, requests }: Operation): string {
  const comment = docString(
    [summary, description, 'Raises:\n    ProtocolError: `bad_request` when the event breaks its schema.'],
    '        ',
  );
  return `    async def ${snakeCase(name)}(self, event: ${requests[0]}) -> None:
${comment}
        await publish_event(self._transport, ${quote(name)}, event)`;
}

/** `registry_service.py`: what a registry must implement, and how it is put on the network. */
export function renderRegistryService({ operations }: Protocol): string {
  const served = operations.filter(({ role }) => role !== 'message');
  return `"""The registry, as who implements it sees it."""

from typing import Protocol

from .models import (
${typeNames(served)}
)
from .serve import CallContext, Observer, Service, serve_operation
from .transport import Transport


class RegistryHandlers(Protocol):
    """One handler per operation. It gets a checked request and returns the reply, or raises a \`Refusal\`."""

${served.map(renderHandler).join('\n\n')}


async def serve_registry(transport: Transport, handlers: RegistryHandlers, *, observer: Observer | None = None) -> Service:
    """Puts a registry on the network: subscribes every operation with its queue group, decodes, checks, calls, checks, encodes.

    A request with a reply subject always gets an answer, whatever its body and whatever the handler does.
    """
    service = Service(transport, observer)
${served.map(({ name, requests }) => `    await serve_operation(service, ${quote(name)}, ${requests[0]}, handlers.${snakeCase(name)})`).join('\n')}
    return service
`;
}

function renderHandler({ name, summary, description, role, requests, reply }: Operation): string {
  const argument = role === 'rpc' ? 'request' : 'event';
  return `    async def ${snakeCase(name)}(self, ${argument}: ${requests[0]}, context: CallContext) -> ${reply ?? 'None'}:
${docString([summary, description], '        ')}
        ...`;
}
