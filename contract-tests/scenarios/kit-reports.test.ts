import { expect, test } from 'vitest';
import { junitReport } from '../kit/reports/junit.js';
import { markdownReport } from '../kit/reports/markdown.js';
import { casesOfResults, type ReportCase } from '../kit/reports/report-case.js';

const about = {
  title: 'given a peer, when it is asked, then it answers',
  role: 'agent',
  cases: [],
  subjects: ['python'],
  ms: 1500,
} as const;
const frames = [{ subject: 'account.acct_b.inbox', reply: '_INBOX.x', text: '```\u001b[2J<x>', byKit: true }];
const cases: readonly ReportCase[] = casesOfResults([
  { ...about, scenario: 'receipts.happy', rules: ['receipt.happy'], verdict: 'passed' },
  { ...about, scenario: 'streams.order', rules: ['stream.events'], verdict: 'not offered' },
  {
    ...about,
    scenario: 'replies.shape',
    rules: ['request.reply.shape', 'request.both'],
    verdict: 'failed',
    failure: { rules: ['request.reply.shape'], isJudged: true, message: 'expected: a parent', frames },
  },
]);

test('given results, when they become JUnit, then there is a case for each, and a failure names the rule and shows the frames', () => {
  const xml = junitReport(cases);
  expect(xml).toContain('tests="3" failures="1" errors="0" skipped="1"');
  expect(xml).toContain('type="request.reply.shape"');
  expect(xml).toContain('account.acct_b.inbox');
  expect(xml).not.toContain('\u001b');
});

test('given results, when they become Markdown, then a table names each, and frames cannot end their block', () => {
  const text = markdownReport(cases);
  expect(text).toContain('1 passed, 1 failed, 1 not offered.');
  expect(text).toContain('| replies.shape | python | **failed** | request.reply.shape |');
  expect(text).toContain('````text\nexpected: a parent');
});
