import { createRequire } from 'node:module';
import type { Builder } from 'junit-report-builder';
import type { ReportCase } from './report-case.js';

// Its types promise a default export that the module does not have.
const junit = createRequire(import.meta.url)('junit-report-builder') as Builder;

/** A JUnit report: a suite for each subject, a test case for each scenario or recording. */
export function junitReport(cases: readonly ReportCase[]): string {
  const builder = junit.newBuilder();
  for (const subject of new Set(cases.map((one) => one.subject))) {
    const suite = builder.testSuite().name(`conformance of ${subject}`);
    for (const { name, verdict, rules, failure = '', ms } of cases.filter((one) => one.subject === subject)) {
      const line = suite
        .testCase()
        .className(subject)
        .name(name)
        .time(ms / 1000);
      if (verdict === 'not offered') line.skipped();
      if (verdict === 'failed') line.failure(writable(failure), rules.join(', '));
    }
  }
  return builder.build();
}

/** XML knows no control characters but these three. */
function writable(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
