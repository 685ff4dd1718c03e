import {
  ClosedConnectionError,
  DrainingConnectionError,
  PermissionViolationError,
  TimeoutError,
} from '@nats-io/nats-core';
import { toAgentNetError } from '../connection/to-agentnet-error.js';
import { AgentNetError, TransportError } from '../errors.js';

const connectionErrors = [ClosedConnectionError, DrainingConnectionError, PermissionViolationError, TimeoutError];

/** Turns what the file system or JetStream threw into this SDK's error, keeping it as `cause`. */
export function toBlobError(cause: unknown): AgentNetError {
  if (cause instanceof AgentNetError) return cause;
  if (connectionErrors.some((errorClass) => cause instanceof errorClass)) return toAgentNetError(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TransportError('blob_store_failed', why, { cause });
}
