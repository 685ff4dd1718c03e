import { expect, test } from 'vitest';
import { describeTraceFinding } from '../kit/judge/finding.js';
import { type Capture, judgeCaptures } from '../kit/judge/judge-capture.js';
import { findingsWithAuth, findingsWithoutAuth, type KnownFinding } from './known-findings.js';
import { loadScenarios, type Recording, scenarioNumbered } from './load-scenario.js';
import { acceptedCopies, failedThenDuplicate, failedWorkThenDuplicate, keyWithAnotherPayload } from './told-defects.js';

/** The agents that were recorded had two workers each. */
const recordedAgents = { maxConcurrency: 2 };

test.each<[Recording, Readonly<Record<string, readonly KnownFinding[]>>]>([
  ['recorded', findingsWithoutAuth],
  ['recorded-auth', findingsWithAuth],
])('given the recordings in %s, when judged, then exactly the listed findings are made', (recording, known) => {
  const captures = loadScenarios(recording);
  const found = judgeCaptures(captures, recordedAgents);
  for (const { name } of captures) {
    const ofCapture = found.filter(({ capture }) => capture === name);
    const listed = (known[name] ?? []).flatMap(({ rule, frames }) => frames.map((numbers) => `${rule} ${numbers}`));
    const made = ofCapture.map(({ rule, frames }) => `${rule} ${frames.map(({ n }) => n)}`);
    expect(made.sort(), ofCapture.map(describeTraceFinding).join('\n')).toEqual(listed.sort());
  }
  expect(Object.keys(known).filter((name) => !captures.some((capture) => capture.name === name))).toEqual([]);
});

test.each<[string, Capture, string]>([
  ['D-13: work ended as failed, its copy is a duplicate', failedWorkThenDuplicate(), 'inbox.duplicate.failed'],
  ['D-13: a key failed and comes again', failedThenDuplicate(), 'inbox.duplicate.failed'],
  ['D-13: a key comes again with another payload', keyWithAnotherPayload(), 'inbox.idempotency.reused'],
  ['D-42: copies of an accepted message are rate limited', acceptedCopies(), 'inbox.duplicate.before-rate'],
])('given what the list of defects tells of %s, when judged, then it is found', (_, capture, rule) => {
  expect(judgeCaptures([capture]).map((finding) => finding.rule)).toContain(rule);
});

test('given a finding, when described, then it names the rule, the frames, what was seen and what was expected', () => {
  const [finding] = judgeCaptures([scenarioNumbered(5), scenarioNumbered(36)]);
  const text = finding ? describeTraceFinding(finding) : '';
  for (const part of ['message.size.reply', '#133', 'neither a receipt', 'payload_too_large', 'MUST be answered'])
    expect(text).toContain(part);
});

test('given a recording of hostile text, when described, then no control character reaches the terminal', () => {
  const capture = keyWithAnotherPayload({ hostile: '\u001b]0;owned\u0007\u202e' });
  const text = judgeCaptures([capture]).map(describeTraceFinding).join('\n');
  expect(text).toContain('owned');
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
