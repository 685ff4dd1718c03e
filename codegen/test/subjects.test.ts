import {
  capturedSubjects,
  matchSubject,
  ProtocolError,
  queueGroups,
  subjectPatterns,
  subjects,
} from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';

const hostile = [
  '',
  ' ',
  '.',
  '*',
  '>',
  'a b',
  'a.b',
  'a\tb',
  'a\rb',
  'a\nb',
  'acct_1\n',
  'a*',
  '*.inbox',
  'a.>',
  '\u0000',
  'ä',
  'x'.repeat(65),
  'PUB x 0\r\n\r\n',
];
const builders: [string, (token: string) => string][] = [
  ['accountInbox', subjects.accountInbox],
  ['accountReceipts', subjects.accountReceipts],
  ['the inbox queue group', queueGroups.receiveFromInbox],
];

describe('subjects', () => {
  it.each(
    builders.flatMap(([name, build]) => hostile.map((token) => ({ name, build, token }))),
  )('given $token, when $name is built from it, then it is refused', ({ build, token }) => {
    expect(() => build(token)).toThrow(expect.objectContaining({ code: 'invalid_subject_token' }));
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '*',
    '>',
    'a.*',
    'a.>',
    'a b',
    'a\nb',
    'a.b.c.d.e.f.g.h.i',
  ])('given the capability %j, when a subject is built from it, then it is refused', (capability) => {
    expect(() => subjects.capability(capability)).toThrow(ProtocolError);
  });

  it('given something that is no text, when a subject is built from it, then it is refused', () => {
    expect(() => subjects.accountInbox(undefined as unknown as string)).toThrow('account_id must match');
  });

  it('given good tokens, when subjects are built, then matchers read them back', () => {
    const subject = subjects.replyInbox('registry_01', 'req-1');
    expect([subject, matchSubject.replyInbox(subject)]).toEqual([
      '_INBOX.agentnet.registry_01.req-1',
      { session: 'registry_01', token: 'req-1' },
    ]);
    expect(matchSubject.accountInbox(subjects.accountInbox('acct_1'))).toEqual({ account_id: 'acct_1' });
    expect(matchSubject.capability(subjects.capability('mesh.agent'))).toEqual({ capability: 'mesh.agent' });
  });

  it.each([
    'account.inbox',
    'account..inbox',
    'account.a.b.inbox',
    'account.a b.inbox',
    'account.*.inbox',
    'xaccount.a.inbox',
    'account.a.inbox.x',
    'account.a\n.inbox',
    'account.a.inbox\n',
    'account/a/inbox',
  ])('given the subject %j, when it is matched as an account inbox, then it is none', (subject) => {
    expect(matchSubject.accountInbox(subject)).toBeUndefined();
  });

  it('given the channels, when they are written as patterns, then a single token is * and several are >', () => {
    expect(subjectPatterns).toMatchObject({
      accountInbox: 'account.*.inbox',
      capability: 'agent.capability.>',
      registryList: 'registry.list',
    });
    expect(capturedSubjects).toEqual([
      'account.*.inbox',
      'agent.capability.>',
      '_INBOX.agentnet.*.*',
      'agentnet.history.tapped',
    ]);
  });
});
