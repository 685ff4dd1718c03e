import type { JsonValue } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import type { RecordedFrame } from '../kit/judge/captured-frame.js';
import { judgeCaptures } from '../kit/judge/judge-capture.js';
import { scenarioNumbered } from './load-scenario.js';

type Fields = Readonly<Record<string, JsonValue>>;

const [request, accepted, reply, processed] = scenarioNumbered(8).frames;
const [, , failed] = scenarioNumbered(39).frames;

const asks: Fields = { receipts: 'with_reply' };
const stands: Fields = { parent_status: 'processed' };

function changed(frame: RecordedFrame | undefined, fields: Fields = {}): RecordedFrame {
  if (frame?.body.kind !== 'json') throw new Error('the recording is shorter than it was');
  const value = { ...(frame.body.value as Fields), ...fields };
  return { ...frame, body: { kind: 'json', value, text: JSON.stringify(value) } };
}

/** A copy of the request with a reply subject of its own, and what is answered there. */
const again = (fields: Fields): RecordedFrame[] => {
  const subject = `${request?.reply}again`;
  return [
    { ...changed(request, asks), reply: subject },
    { ...changed(reply, fields), subject },
  ];
};

const failure = (): RecordedFrame => {
  const { code = '', detail = '' } = changed(failed).body.kind === 'json' ? fieldsOf(failed) : {};
  return changed(processed, { status: 'rejected', code, detail });
};

const fieldsOf = (frame: RecordedFrame | undefined): Fields => {
  const { body } = changed(frame);
  return body.kind === 'json' ? (body.value as Fields) : {};
};

/** The rules that frames break when they come one after the other, a second apart at the end. */
function brokenRules(...frames: RecordedFrame[]): string[] {
  const last = { ...changed(accepted, { message_id: 'another' }) };
  const placed = [...frames, last].map((frame, index) => ({ ...frame, n: index + 1, afterMs: index }));
  const ended = placed.map((frame) => (frame.n === placed.length ? { ...frame, afterMs: 1000 } : frame));
  return judgeCaptures([{ name: 'told', frames: ended }]).map(({ rule }) => rule);
}

test.each<[string, RecordedFrame[]]>([
  ['both receipts beside the reply', [changed(accepted), changed(reply), changed(processed)]],
  ['a reply that stands for both', [changed(reply, stands)]],
  ['accepted, and a reply that stands for processed', [changed(accepted), changed(reply, stands)]],
  ['a reply before its handler fails', [changed(accepted), changed(reply), failure()]],
  ['a copy that gets the remembered reply', [changed(reply, stands), ...again({})]],
])('given a request that asks for it, when answered by %s, then nothing is found [receipt.with-reply]', (_how, frames) => {
  expect(brokenRules(changed(request, asks), ...frames)).toEqual([]);
});

test.each<[string, RecordedFrame[], string]>([
  ['a reply and no receipt', [changed(reply)], 'receipt.with-reply'],
  [
    'a reply that stands for processed, and processed',
    [changed(reply, stands), changed(processed)],
    'receipt.with-reply',
  ],
  [
    'a reply that stands for accepted, then accepted',
    [changed(reply, stands), changed(accepted)],
    'receipt.with-reply',
  ],
  [
    'a reply that says processed before its handler fails',
    [changed(reply, stands), failure()],
    'receipt.with-reply.true',
  ],
  ['a repetition that says processed again', [changed(reply, stands), ...again(stands)], 'receipt.with-reply.asked'],
])('given a request that asks for it, when answered by %s, then that is found', (_how, frames, rule) => {
  expect(brokenRules(changed(request, asks), ...frames)).toContain(rule);
});

test('given a request that does not ask for it, when a reply stands for its receipts, then that is found [receipt.with-reply.asked]', () => {
  expect(brokenRules(changed(request), changed(reply, stands))).toEqual(['receipt.with-reply.asked']);
  const other = changed(request, { receipts: ['with_reply'] });
  expect(brokenRules(other, changed(reply, stands))).toContain('receipt.with-reply.asked');
});

test.each([
  'error',
  'stream',
])('given a message of kind %s, when it says what became of another, then that is found [receipt.with-reply.asked]', (kind) => {
  const frames = [changed(request, asks), changed(accepted), changed(reply, { kind, ...stands }), changed(processed)];
  expect(brokenRules(...frames)).toContain('receipt.with-reply.asked');
});

test.each<[JsonValue, string[]]>([
  [null, ['receipt.with-reply.feature']],
  [['telepathy'], ['receipt.with-reply.feature']],
  [['receipts_with_reply'], []],
])('given a session that was told of the features %j, when it asks for receipts with the reply, then %j is found', (features, found) => {
  const [asked, answer] = scenarioNumbered(1).frames;
  const { from_account_id: account_id = '', from_session_tag: session_tag = '' } = fieldsOf(request);
  const registered = changed(answer, { account_id, session_tag, ...(features === null ? {} : { features }) });
  const rules = brokenRules(changed(asked), registered, changed(request, asks), changed(reply, stands));
  expect(rules.filter((rule) => rule.startsWith('receipt.'))).toEqual(found);
});
