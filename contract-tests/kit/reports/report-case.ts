import type { RuleId } from '@agentnet/protocol';
import type { Result } from '../core/result.js';
import { describeTraceFinding, type TraceFinding } from '../judge/finding.js';
import type { Capture } from '../judge/judge-capture.js';

/** One line of a report: a scenario with who played it, or a recording. */
export interface ReportCase {
  readonly name: string;
  /** Who was judged: `typescript`, `typescript -> python`, `registry`, `recording`. */
  readonly subject: string;
  readonly verdict: Result['verdict'];
  /** The rules it proves, for what failed those it broke. */
  readonly rules: readonly RuleId[];
  /** Why it failed: the rule, what was expected, the frames. */
  readonly failure?: string;
  readonly ms: number;
}

/** Results of scenarios as lines of a report. */
export function casesOfResults(results: readonly Result[]): ReportCase[] {
  return results.map(({ scenario, subjects, verdict, rules, failure, ms }) => {
    const about = { name: scenario, subject: subjects.join(' -> '), verdict, ms };
    if (!failure) return { ...about, rules };
    const frames = failure.frames.map(({ subject, reply, text, byKit }) => {
      const to = reply === undefined ? '' : ` (reply to ${reply})`;
      return `  ${byKit ? 'kit' : 'judged'} ${subject}${to}: ${text}`;
    });
    return { ...about, rules: failure.rules, failure: [failure.message, ...frames].join('\n') };
  });
}

/** Judged recordings as lines of a report: one for each recording. */
export function casesOfFindings(captures: readonly Capture[], findings: readonly TraceFinding[]): ReportCase[] {
  return captures.map(({ name }) => {
    const own = findings.filter(({ capture }) => capture === name);
    const about = { name, subject: 'recording', ms: 0 };
    if (own.length === 0) return { ...about, verdict: 'passed', rules: [] };
    const rules = [...new Set(own.map(({ rule }) => rule))];
    return { ...about, verdict: 'failed', rules, failure: own.map(describeTraceFinding).join('\n\n') };
  });
}
