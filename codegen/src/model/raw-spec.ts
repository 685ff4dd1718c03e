import type { History } from './protocol.js';

/** The bundle as the structure lint guarantees it; everything that reads it afterwards may trust these types. */
export interface RawSpec {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly channels: Readonly<Record<string, RawChannel>>;
  readonly operations: Readonly<Record<string, RawOperation>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, RawSchema>>;
    readonly messages?: Readonly<Record<string, RawMessage | RawReference>>;
  };
  readonly 'x-limits': Readonly<
    Record<string, { readonly value: number; readonly unit: string; readonly description: string }>
  >;
  readonly 'x-error-codes': Readonly<Record<string, RawErrorCode>>;
  readonly 'x-rules': readonly RawRule[];
  readonly 'x-tools'?: Readonly<Record<string, RawTool>>;
  readonly 'x-history': History;
  readonly 'x-buckets'?: Readonly<Record<string, { readonly name: string; readonly description: string }>>;
  readonly 'x-headers'?: Readonly<Record<string, { readonly name: string; readonly description: string }>>;
}

export type RawSchema = { readonly [keyword: string]: unknown };

export interface RawReference {
  readonly $ref: string;
}

export interface RawMessage {
  readonly payload: RawReference;
}

export interface RawChannel {
  readonly address: string | null;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, RawParameter>>;
  readonly messages: Readonly<Record<string, RawReference | RawMessage>>;
  readonly 'x-captured'?: boolean;
}

export interface RawParameter {
  readonly description: string;
  readonly 'x-schema': string;
  readonly 'x-multi-token'?: boolean;
}

export interface RawOperation {
  readonly action: 'send' | 'receive';
  readonly summary: string;
  readonly description: string;
  readonly channel: RawReference;
  readonly messages: readonly RawReference[];
  readonly reply?: { readonly channel: RawReference; readonly messages: readonly RawReference[] };
  readonly bindings?: { readonly nats?: { readonly queue?: string } };
  readonly 'x-role': 'rpc' | 'event' | 'message';
  readonly 'x-timeout'?: string;
  readonly 'x-body'?: 'ignored-when-malformed';
  readonly 'x-errors'?: readonly RawOperationError[];
  readonly 'x-rules'?: readonly string[];
}

export interface RawOperationError {
  readonly code: string;
  readonly error: string;
  /** For `field_required`: the field that is missing or empty. */
  readonly field?: string;
}

export interface RawErrorCode {
  readonly origin: 'registry' | 'peer' | 'local';
  readonly retryable: boolean;
  readonly text: string;
  readonly detail?: string;
  readonly idempotency_detail?: string;
}

export interface RawTool {
  readonly description: string;
  /** Component schema of the arguments. */
  readonly arguments: string;
  /** Operation whose request has a field for every argument. */
  readonly operation?: string;
}

export interface RawRule {
  readonly id: string;
  readonly level: 'W' | 'B';
  readonly text: string;
  readonly case?: string | readonly string[];
  readonly defects?: readonly string[];
}
