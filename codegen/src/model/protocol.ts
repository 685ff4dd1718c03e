import type { Shape } from './shape.js';

/** Everything the renderers know. No word in here belongs to one programming language. */
export interface Protocol {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** First 12 hex digits of the bundle's SHA-256. */
  readonly sha: string;
  readonly schemas: readonly Schema[];
  readonly channels: readonly Channel[];
  readonly operations: readonly Operation[];
  readonly errorCodes: readonly ErrorCode[];
  readonly limits: readonly Limit[];
  readonly rules: readonly Rule[];
  readonly history: History;
  readonly tools: readonly Tool[];
  readonly buckets: readonly Bucket[];
  readonly headers: readonly Header[];
}

/** A NATS header that a message may carry beside its body. */
export interface Header {
  /** The spec's key: `traceparent`. */
  readonly key: string;
  /** Its name on the wire, compared exactly. */
  readonly name: string;
  readonly description: string;
}

/** A bucket of JetStream: key-value pairs or objects. */
export interface Bucket {
  /** The spec's key: `dedupe`. */
  readonly key: string;
  /** Its name on the server. */
  readonly name: string;
  readonly description: string;
}

export interface Schema {
  readonly name: string;
  readonly description: string;
  readonly shape: Shape;
  /** Values given by `examples` in the schema itself. */
  readonly examples: readonly unknown[];
}

/** A subject, or a family of subjects. */
export interface Channel {
  readonly name: string;
  readonly description: string;
  /** `account.{account_id}.inbox`. */
  readonly address: string;
  readonly parameters: readonly Parameter[];
  /** Component schemas of the bodies it carries. */
  readonly payloads: readonly string[];
  readonly isCaptured: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** Component schema whose pattern every value obeys. */
  readonly schema: string;
  readonly pattern: string;
  /** The value may contain dots. */
  readonly isMultiToken: boolean;
}

export type Role = 'rpc' | 'event' | 'message';

export interface Operation {
  /** The spec's key: `resolve_account`. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly role: Role;
  /** From the point of view of an agent application. */
  readonly action: 'send' | 'receive';
  readonly channel: Channel;
  readonly requests: readonly string[];
  /** Component schema of the success reply; set for every rpc. */
  readonly reply?: string;
  /** Component schema of the refusal; set for every rpc. */
  readonly errorReply?: string;
  /** Queue group of the subscriber; may contain `{parameter}` of the channel. */
  readonly queue?: string;
  readonly errors: readonly OperationError[];
  /** Name of the limit that is the client's default timeout. */
  readonly timeout?: string;
  /** A body that is no JSON object counts as `{}`. */
  readonly ignoresMalformedBody: boolean;
  readonly rules: readonly string[];
}

export interface OperationError {
  readonly code: string;
  /** Exact text of the reply's `error` field. */
  readonly error: string;
  /** For `field_required`: the field that is missing or empty. */
  readonly field?: string;
}

export interface ErrorCode {
  readonly code: string;
  readonly origin: 'registry' | 'peer' | 'local';
  readonly isRetryable: boolean;
  readonly text: string;
  /** Exact texts the reference puts on the wire, by field: `detail`, `idempotency_detail`. */
  readonly wireTexts: Readonly<Record<string, string>>;
}

export interface Limit {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly description: string;
}

export interface Rule {
  readonly id: string;
  /** W: needed to interoperate. B: better than the first implementation. */
  readonly level: 'W' | 'B';
  readonly cases: readonly string[];
  readonly text: string;
  readonly defects: readonly string[];
}

export interface History {
  readonly stream: string;
  readonly consumer: string;
  readonly receiptStream: string;
  readonly receiptConsumer: string;
  readonly tapQueue: string;
}

/** A call a language model may make. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** Component schema of the arguments: an object. */
  readonly arguments: string;
}
