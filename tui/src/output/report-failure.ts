import { type ErrorCode, ProtocolError } from '@agentnet/protocol';
import { FilterError } from '../filter/filter-error.js';
import { AdvisedError } from './advised-error.js';
import { type ExitCode, exitCodeOf } from './exit-codes.js';
import { redactTokens } from './redact-tokens.js';
import { remedyFor } from './remedies.js';
import type { Terminal } from './terminal.js';

export interface Failure {
  code: ErrorCode;
  detail: string;
}

/** What to tell about anything thrown. Anything that is none of our errors is a defect and is told as such, without its stack. */
export function failureOf(cause: unknown): Failure {
  if (cause instanceof ProtocolError) return { code: cause.code, detail: redactTokens(cause.detail) };
  const detail = cause instanceof Error ? cause.message : String(cause);
  return { code: 'internal_error', detail: redactTokens(detail) };
}

/** A failure for people. Some details begin with the code, as the first version of the protocol wrote them; it is said once. */
export function failureText({ code, detail }: Failure): string {
  const said = detail.startsWith(`${code} `) ? detail.slice(code.length + 1) : detail;
  return `[${code}] ${said}`;
}

/** Reports a failure on the error stream: `error: [code] detail` and a remedy for people, one JSON line for programs. */
export function reportFailure(cause: unknown, terminal: Terminal, json: boolean): ExitCode {
  const failure = failureOf(cause);
  if (json) {
    terminal.warnJson({ error: failure });
  } else {
    terminal.warnLine([{ text: 'error:', style: 'red' }, ` ${failureText(failure)}`]);
    if (cause instanceof FilterError) terminal.warn(cause.marked);
    terminal.warn(cause instanceof AdvisedError ? cause.remedy : remedyFor(failure.code));
  }
  return exitCodeOf(failure.code);
}
