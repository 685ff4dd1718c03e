import { type ExitCode, exitCodes } from '../output/exit-codes.js';

/** How a check came out; `unknown` when this network does not tell. */
export type Verdict = 'ok' | 'warning' | 'failure' | 'unknown';

/** What one check found. */
export interface Finding {
  check: string;
  verdict: Verdict;
  detail: string;
  /** What to do about it. */
  fix?: string;
}

/** 2 when something does not work, 1 when something is doubtful, else 0. */
export function exitCodeOfFindings(findings: readonly Finding[]): ExitCode {
  const verdicts = new Set(findings.map(({ verdict }) => verdict));
  if (verdicts.has('failure')) return exitCodes.runtime;
  return verdicts.has('warning') ? exitCodes.usage : exitCodes.ok;
}
