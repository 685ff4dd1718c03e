import type { ErrorCode } from '@agentnet/protocol';

export const exitCodes = { ok: 0, usage: 1, runtime: 2, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `
Exit codes: 0 success; 1 wrong usage, bad payload, or no answer in time; 2 runtime error such as no server; 130 interrupted.`;

const usageCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_option',
  'invalid_target',
  'invalid_payload',
  'invalid_subject_token',
  'message_too_large',
  'bad_request',
  'cursor_invalid',
  'field_required',
  'from_ts_invalid',
  'to_ts_invalid',
  'request_timeout',
  'delivery_ack_timeout',
  'processed_timeout',
  'stream_timeout',
]);

/** The process's exit code for a failure. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (code === 'cancelled') return exitCodes.interrupted;
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.runtime;
}
