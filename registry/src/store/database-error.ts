import { AgentNetError } from '@agentnet/sdk/transport';

/**
 * What to do about a failed statement: `unavailable` and `conflict` can succeed when repeated, `refused` never will with these
 * values, `bug` is a wrong statement or schema.
 */
export type DatabaseFault = 'unavailable' | 'conflict' | 'refused' | 'bug';

export class DatabaseError extends AgentNetError {
  override readonly name = 'DatabaseError';

  constructor(
    readonly fault: DatabaseFault,
    detail: string,
    options?: { cause?: unknown; sqlState?: string },
  ) {
    super(fault === 'unavailable' ? 'database_unavailable' : 'internal_error', detail, options);
    this.sqlState = options?.sqlState;
  }

  /** Five characters of the SQL standard, `23505` for a unique violation; undefined when the server said nothing. */
  readonly sqlState: string | undefined;
}

/** Connection, resources, operator and system trouble; failed logins and missing databases, which an operator can repair. */
const unavailableStates = /^(?:08|28|3D|53|57|58)|^(?:25006|55P03)$/;
const conflictStates = /^40|^23505$/;
const refusedStates = /^(?:21|22|23|54)/;
const brokenConnection = /connect|terminat|timeout|time-out|closed|ended|calling end/i;

/** The only place that judges what a driver throws. */
export function toDatabaseError(cause: unknown): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  const { message, code, syscall } = describe(cause);
  if (code && /^[0-9A-Z]{5}$/.test(code)) return new DatabaseError(faultOf(code), message, { cause, sqlState: code });
  const fault = syscall || brokenConnection.test(message) ? 'unavailable' : 'bug';
  return new DatabaseError(fault, message, { cause });
}

function faultOf(sqlState: string): DatabaseFault {
  if (unavailableStates.test(sqlState)) return 'unavailable';
  if (conflictStates.test(sqlState)) return 'conflict';
  return refusedStates.test(sqlState) ? 'refused' : 'bug';
}

function describe(cause: unknown): { message: string; code?: string; syscall?: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describe(cause.errors[0]);
  if (!(cause instanceof Error)) return { message: String(cause) };
  const { code, syscall } = cause as Error & { code?: unknown; syscall?: unknown };
  return {
    message: cause.message,
    ...(typeof code === 'string' && { code }),
    ...(typeof syscall === 'string' && { syscall }),
  };
}
