import { type ErrorCode, errorCodes, operations, ProtocolError, RemoteRefusal } from '@agentnet/protocol';
import {
  AuthorizationError,
  ClosedConnectionError,
  ConnectionError,
  DrainingConnectionError,
  InvalidArgumentError,
  InvalidOperationError,
  InvalidSubjectError,
  ProtocolError as NatsProtocolError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from '@nats-io/nats-core';
import { AgentNetError, RemoteError, TransportError, ValidationError } from '../errors.js';

type NatsErrorClass = abstract new (...args: never[]) => Error;

/** NATS client errors and our codes. First match wins. */
const natsErrors: readonly (readonly [NatsErrorClass, ErrorCode])[] = [
  [AuthorizationError, 'authorization_failed'],
  [UserAuthenticationExpiredError, 'authorization_failed'],
  [PermissionViolationError, 'authorization_failed'],
  [ClosedConnectionError, 'connection_closed'],
  [DrainingConnectionError, 'connection_closed'],
  [ConnectionError, 'connect_failed'],
  [InvalidArgumentError, 'invalid_option'],
  [InvalidOperationError, 'connection_closed'],
  [InvalidSubjectError, 'invalid_subject_token'],
  [NatsProtocolError, 'connection_closed'],
  [TimeoutError, 'request_timeout'],
  [RequestError, 'connection_closed'],
];

const validationCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'bad_request',
  'invalid_option',
  'invalid_target',
  'invalid_payload',
  'invalid_reply',
  'message_too_large',
  'invalid_subject_token',
]);

const registrySubjects: ReadonlySet<string> = new Set(
  Object.values(operations).flatMap(({ role, subject }) => (role === 'message' ? [] : [subject])),
);

/**
 * Turns whatever the NATS client or the generated code threw into this SDK's error, keeping it as `cause`.
 * An unknown error becomes `connection_closed`: it came out of the transport, and nothing else is known about it.
 */
export function toAgentNetError(cause: unknown): AgentNetError {
  if (cause instanceof AgentNetError) return cause;
  if (cause instanceof RemoteRefusal) {
    return new RemoteError(cause.code, cause.detail, { cause, remoteCode: cause.code, remoteDetail: cause.error });
  }
  if (cause instanceof ProtocolError) return agentNetError(cause.code, cause.detail, cause);
  if (cause instanceof RequestError && cause.cause instanceof NoRespondersError) return toAgentNetError(cause.cause);
  if (cause instanceof NoRespondersError) return noResponders(cause.subject, cause);
  const known = natsErrors.find(([errorClass]) => cause instanceof errorClass);
  return agentNetError(known?.[1] ?? 'connection_closed', textOf(cause), cause);
}

/** The error of a request on `subject` that nobody is subscribed to. */
export function noResponders(subject: string, cause?: unknown): AgentNetError {
  return registrySubjects.has(subject)
    ? new TransportError(
        'registry_unavailable',
        `nobody serves ${subject}; start a registry, e.g. with "agentnet up"`,
        { cause },
      )
    : new TransportError('recipient_offline', `nobody is subscribed to ${subject}`, { cause });
}

/** The error class that fits `code`. */
export function agentNetError(code: ErrorCode, detail: string, cause?: unknown): AgentNetError {
  if (validationCodes.has(code)) return new ValidationError(code, detail, { cause });
  if (errorCodes[code].origin === 'local') return new TransportError(code, detail, { cause });
  return new RemoteError(code, detail, { cause });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
