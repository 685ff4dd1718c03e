import { type ErrorCode, isErrorCode, ProtocolError } from './errors.js';
import { describeViolations, encodeJson, isObject, parseJson } from './json.js';
import { type EventMessages, type EventName, operations, type RpcMessages, type RpcName } from './operations.js';
import type { Transport } from './transport.js';
import { check, type SchemaName } from './validate.js';

/** How long one call to the registry may take. */
export interface CallOptions {
  /** Milliseconds until the call fails. Default: the operation's `timeoutMs`. */
  timeoutMs?: number | undefined;
  /** Ends the wait early. */
  signal?: AbortSignal | undefined;
}

/** The registry's answer is a refusal. */
export class RemoteRefusal extends ProtocolError {
  override readonly name = 'RemoteRefusal';

  constructor(
    code: ErrorCode,
    /** Exact text of the reply's `error` field. */
    readonly error: string,
    detail: string,
  ) {
    super(code, detail);
  }
}

/**
 * Asks the registry.
 *
 * @throws {RemoteRefusal} when it refuses.
 * @throws {ProtocolError} `bad_request` before anything is sent, when the request breaks its schema; `invalid_reply`.
 */
export async function callRpc<R extends RpcName>(
  transport: Transport,
  name: R,
  request: RpcMessages[R]['request'],
  { timeoutMs = operations[name].timeoutMs, signal }: CallOptions = {},
): Promise<RpcMessages[R]['reply']> {
  const { subject, request: requestSchema, reply: replySchema } = operations[name];
  requireValid(name, requestSchema, request);
  const body = await transport.request(subject, encodeJson(request), signal ? { timeoutMs, signal } : { timeoutMs });
  // Replies wrap recorded payloads that are as deep as a body may be, so they are not held to that depth themselves.
  const parsed = parseJson(body, Number.POSITIVE_INFINITY);
  if (!parsed.ok) throw new ProtocolError('invalid_reply', `reply of ${name}: ${parsed.detail}`);
  const reply = parsed.value;
  if (isObject(reply) && typeof reply.error === 'string') throw refusalOf(name, reply.error, reply);
  const violations = check(replySchema, reply);
  if (violations.length > 0)
    throw new ProtocolError('invalid_reply', `reply of ${name}: ${describeViolations(violations)}`);
  return reply as RpcMessages[R]['reply'];
}

/**
 * Publishes an event.
 *
 * @throws {ProtocolError} `bad_request` when it breaks its schema.
 */
export function publishEvent<E extends EventName>(transport: Transport, name: E, event: EventMessages[E]): void {
  const { subject, request: schema } = operations[name];
  requireValid(name, schema, event);
  transport.publish(subject, encodeJson(event));
}

function requireValid(operation: string, schema: SchemaName, value: unknown): void {
  const violations = check(schema, value);
  if (violations.length > 0)
    throw new ProtocolError('bad_request', `request of ${operation}: ${describeViolations(violations)}`);
}

function refusalOf(
  operation: RpcName,
  error: string,
  { code, detail }: { code?: unknown; detail?: unknown },
): RemoteRefusal {
  return new RemoteRefusal(
    isErrorCode(code) ? code : codeOf(operation, error),
    error,
    typeof detail === 'string' && detail !== '' ? detail : error,
  );
}

/** Older registries send the text alone. */
function codeOf(operation: RpcName, error: string): ErrorCode {
  const { errors, requiredFields } = operations[operation];
  const found = Object.entries(errors).find(([, text]) => text === error)?.[0];
  if (isErrorCode(found)) return found;
  if (Object.values<string>(requiredFields).includes(error)) return 'field_required';
  return isErrorCode(error) ? error : 'registry_error';
}
