import { type ErrorCode, ProtocolError } from './errors.js';
import { describeViolations, encodeJson, isObject, parseJson } from './json.js';
import { limits } from './limits.js';
import { type EventName, errorText, operations, type RpcName } from './operations.js';
import type { Transport, TransportMessage } from './transport.js';
import { check, type SchemaName } from './validate.js';

/** What a handler may want to know about the call besides the request. */
export interface CallContext {
  readonly operation: RpcName | EventName;
  readonly subject: string;
  /** The body as it came, for signatures. */
  readonly text: string;
  /** The whole message as it came, for signatures. */
  readonly message: TransportMessage;
  readonly receivedAtMs: number;
}

/** How one call went. */
export interface CallReport {
  readonly operation: RpcName | EventName;
  readonly durationMs: number;
  /** `refused`: the caller's fault. `failed`: ours. `ignored`: a request nobody waits for. */
  readonly outcome: 'ok' | 'refused' | 'failed' | 'ignored';
  readonly code?: ErrorCode;
  /** What was thrown, for the log; it never goes onto the wire. */
  readonly cause?: unknown;
}

/** Hears of every call, for metrics and logs. What it throws is dropped: an observer cannot cost a caller the answer. */
export interface ServiceObserver {
  /** After each call, answered or not. */
  onCall?(report: CallReport): void;
}

/** What a service is run with. */
export interface ServeOptions {
  observer?: ServiceObserver | undefined;
  /** Wall clock, for `receivedAtMs`. Default: `Date.now`. */
  now?: (() => number) | undefined;
}

/** A service that runs. */
export interface Service {
  /** Takes no new calls, and resolves when those under way are answered. */
  drain(): Promise<void>;
}

/** A handler throws it to refuse; the caller gets the operation's text for `code`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ErrorCode,
    readonly detail?: string,
  ) {
    super(detail === undefined ? `[${code}]` : `[${code}] ${detail}`);
  }
}

export type Handler = (request: never, context: CallContext) => Promise<unknown>;

type RequiredField = readonly [field: string, text: string];

interface Served {
  readonly operation: RpcName | EventName;
  /** Undefined for events, which are never answered. */
  readonly rpc: RpcName | undefined;
  readonly requestSchema: SchemaName;
  readonly replySchema: SchemaName | undefined;
  readonly ignoresMalformedBody: boolean;
  readonly requiredFields: readonly RequiredField[];
  readonly handler: (request: unknown, context: CallContext) => Promise<unknown>;
}

type Result = Pick<CallReport, 'outcome' | 'code' | 'cause'>;

const ok: Result = { outcome: 'ok' };
const ignored: Result = { outcome: 'ignored' };

/** Subscribes every operation with the queue group of the spec; every request with a reply subject gets exactly one answer. */
export function serveOperations(
  transport: Transport,
  handlers: Readonly<Record<RpcName | EventName, Handler>>,
  { observer, now = Date.now }: ServeOptions = {},
): Service {
  let running = 0;
  let whenIdle: (() => void) | undefined;
  let drained: Promise<void> | undefined;

  const serve = async (served: Served, message: TransportMessage): Promise<void> => {
    running++;
    const startedAt = performance.now();
    const result = await answer(transport, served, message, now());
    try {
      observer?.onCall?.({ operation: served.operation, durationMs: performance.now() - startedAt, ...result });
    } catch {
      // Documented at ServiceObserver.
    }
    running--;
    if (running === 0) whenIdle?.();
  };

  const subscriptions = (Object.keys(handlers) as (RpcName | EventName)[]).map((operation) => {
    const served = servedOf(operation, handlers[operation]);
    const { subject, queue } = operations[operation];
    return transport.subscribe(subject, { queue }, (message) => void serve(served, message));
  });

  const drain = async (): Promise<void> => {
    await Promise.all(subscriptions.map((subscription) => subscription.drain()));
    if (running > 0) {
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
      });
    }
  };
  return {
    drain: () => {
      drained ??= drain();
      return drained;
    },
  };
}

function servedOf(operation: RpcName | EventName, handler: Handler): Served {
  const facts = operations[operation];
  const isRpc = facts.role === 'rpc';
  return {
    operation,
    rpc: isRpc ? (operation as RpcName) : undefined,
    requestSchema: facts.request,
    replySchema: isRpc ? facts.reply : undefined,
    ignoresMalformedBody: isRpc && facts.ignoresMalformedBody,
    requiredFields: isRpc ? Object.entries(facts.requiredFields) : [],
    handler: handler as Served['handler'],
  };
}

/** Never rejects. */
async function answer(
  transport: Transport,
  served: Served,
  message: TransportMessage,
  receivedAtMs: number,
): Promise<Result> {
  if (served.rpc !== undefined && !message.reply) return ignored;
  const parsed = parseJson(message.body);
  if (!parsed.ok && !served.ignoresMalformedBody)
    return refuse(transport, served, message, 'bad_request', parsed.detail);
  const given: unknown = parsed.ok ? parsed.value : {};
  if (!isObject(given) && !served.ignoresMalformedBody)
    return refuse(transport, served, message, 'payload_not_object', 'the body is not a JSON object');
  const request = isObject(given) ? given : {};
  const missing = missingField(served, request);
  if (missing)
    return refuse(transport, served, message, 'field_required', `${missing[0]} is missing or empty`, missing[1]);
  const violations = check(served.requestSchema, request);
  if (violations.length > 0) return refuse(transport, served, message, 'bad_request', describeViolations(violations));
  let reply: unknown;
  try {
    reply = await served.handler(request, {
      operation: served.operation,
      subject: message.subject,
      text: parsed.ok ? parsed.text : '',
      message,
      receivedAtMs,
    });
  } catch (thrown) {
    if (thrown instanceof Refusal) return refuse(transport, served, message, thrown.code, thrown.detail);
    return fail(transport, served, message, thrown);
  }
  return served.replySchema === undefined ? ok : sendReply(transport, served, message, served.replySchema, reply);
}

function sendReply(
  transport: Transport,
  served: Served,
  message: TransportMessage,
  schema: SchemaName,
  reply: unknown,
): Result {
  try {
    const violations = check(schema, reply);
    if (violations.length > 0)
      throw new ProtocolError('internal_error', `own reply of ${served.operation}: ${describeViolations(violations)}`);
    const body = encodeJson(reply);
    if (body.length > limits.replyMaxBytes)
      return refuse(
        transport,
        served,
        message,
        'reply_too_large',
        `the reply has ${body.length} bytes, at most ${limits.replyMaxBytes} fit`,
      );
    publish(transport, message, body);
    return ok;
  } catch (thrown) {
    return fail(transport, served, message, thrown);
  }
}

function fail(transport: Transport, served: Served, message: TransportMessage, cause: unknown): Result {
  return { ...refuse(transport, served, message, 'internal_error'), outcome: 'failed', cause };
}

/** Answers with an error, unless it is an event. */
function refuse(
  transport: Transport,
  served: Served,
  message: TransportMessage,
  code: ErrorCode,
  detail?: string,
  text?: string,
): Result {
  if (served.rpc === undefined) return { outcome: 'refused', code };
  const error = text ?? errorText(served.rpc, code);
  try {
    publish(transport, message, encodeJson(detail === undefined ? { error, code } : { error, code, detail }));
    return { outcome: 'refused', code };
  } catch (cause) {
    return { outcome: 'failed', code, cause };
  }
}

function publish(transport: Transport, { reply = '' }: TransportMessage, body: Uint8Array): void {
  transport.publish(reply, body);
}

/** The first required field that is missing or empty, with the text the protocol has for that. */
function missingField({ requiredFields }: Served, request: { [key: string]: unknown }): RequiredField | undefined {
  for (const required of requiredFields) if (isEmpty(request[required[0]])) return required;
  return undefined;
}

/** What the protocol's first implementation takes for an absent field. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
