import type { Order } from './plan.js';

/** What a handler's work left behind, told outside NATS and without the SDK: the side effect of an application. */
export interface Deposit {
  readonly order: number;
  readonly messageId: string;
  readonly accountId: string;
  readonly sessionTag: string;
  readonly phase: 'begun' | 'done' | 'failed';
  readonly atMs: number;
}

/** How one attempt at an order ended for its sender. */
export interface Ending {
  readonly order: number;
  readonly attempt: number;
  readonly begunAtMs: number;
  readonly atMs: number;
  readonly isSuccess: boolean;
  /** Code of the failure; undefined for a success, and for a failure that was no AgentNetError. */
  readonly code?: string;
  readonly remoteCode?: string;
  /** The failure as text. */
  readonly failure?: string;
}

/** What happened to an agent. */
export interface LifeEvent {
  readonly agent: number;
  readonly name: 'disconnected' | 'reconnected' | 'degraded';
  readonly atMs: number;
}

/** One frame of a message's life on the wire. */
export interface WireNote {
  readonly kind: 'message' | 'reply' | 'receipt';
  readonly atMs: number;
  readonly subject: string;
  /** The message itself; for a reply its own id. */
  readonly messageId: string;
  /** The message a reply answers. */
  readonly answers?: string;
  /** Whether a reply stands for the receipts of what it answers. */
  readonly isReceipt?: boolean;
  readonly order: number;
  readonly attempt: number;
  readonly status?: string;
  readonly code?: string;
  readonly accountId?: string;
  readonly sessionTag?: string;
}

/** A time in which something was broken. */
export interface Breakage {
  readonly what: 'nats' | 'registry' | 'drop' | 'hold';
  /** Of a broken connection. */
  readonly agents: readonly number[];
  readonly fromMs: number;
  untilMs: number;
}

/** An agent as it joined. */
export interface JoinedAgent {
  readonly index: number;
  readonly accountId: string;
  readonly sessionTag: string;
}

/** Everything a run left behind to judge it by. */
export interface Evidence {
  readonly orders: readonly Order[];
  readonly joined: readonly JoinedAgent[];
  readonly deposits: readonly Deposit[];
  readonly endings: readonly Ending[];
  readonly wire: readonly WireNote[];
  readonly breakages: readonly Breakage[];
  readonly life: readonly LifeEvent[];
  /** Ids of all recorded messages. */
  readonly history: ReadonlySet<string>;
}

/** Marks every frame of one attempt at an order; receipts and replies repeat it. */
export function traceIdOf(order: number, attempt: number): string {
  return `soak_${order}_${attempt}`;
}

/** Order and attempt of a trace id, undefined for traffic that is not the soak's. */
export function readTraceId(traceId: unknown): { order: number; attempt: number } | undefined {
  const [, order, attempt] = /^soak_(\d+)_(\d+)$/.exec(String(traceId)) ?? [];
  return order === undefined ? undefined : { order: Number(order), attempt: Number(attempt) };
}
