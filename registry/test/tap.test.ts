import { subjectPatterns } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { tappedPatterns } from '../src/history/tap.js';

test('given the patterns of the tap, when a reply comes to an inbox that the stream captures, then none wakes the registry for it', () => {
  const captured = subjectPatterns.replyInbox;
  expect(tappedPatterns([])).toEqual(['_INBOX.*', '_INBOX.*.*', '_INBOX.*.*.*.>']);
  expect(captured.split('.')).toHaveLength(4);
  expect(tappedPatterns(['_INBOX.app', '_INBOX.app.part']).slice(3)).toEqual(['_INBOX.app.*.*', '_INBOX.app.part.*']);
});
