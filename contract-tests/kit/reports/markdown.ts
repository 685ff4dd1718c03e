import type { ReportCase } from './report-case.js';

const marks: Readonly<Record<ReportCase['verdict'], string>> = {
  passed: 'passed',
  failed: '**failed**',
  'not offered': 'not offered',
};

/** A Markdown report: the counts, a table of all cases, then each failure with its frames. */
export function markdownReport(cases: readonly ReportCase[]): string {
  const count = (verdict: ReportCase['verdict']): number => cases.filter((one) => one.verdict === verdict).length;
  const rows = cases.map(
    ({ name, subject, verdict, rules }) =>
      `| ${cell(name)} | ${cell(subject)} | ${marks[verdict]} | ${rules.join(', ')} |`,
  );
  const failures = cases.flatMap(({ name, subject, failure }) =>
    failure === undefined ? [] : [`## ${cell(name)}, ${cell(subject)}`, '', fenced(failure), ''],
  );
  return [
    '# Conformance',
    '',
    `${count('passed')} passed, ${count('failed')} failed, ${count('not offered')} not offered.`,
    '',
    '| scenario | judged | verdict | rules |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...failures,
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}

/** A fence longer than any in the text, which frames may bring along. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, text, fence].join('\n');
}
