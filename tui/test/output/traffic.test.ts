import { encodeJson, subjects } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { matchesFilter, parseFilter } from '../../src/filter/index.js';
import { trafficJson } from '../../src/output/traffic-json.js';
import { trafficLine } from '../../src/output/traffic-line.js';
import { filterableEvent, type TrafficEvent } from '../../src/traffic/index.js';
import { reply } from '../traffic/frames.js';

const options = { usernameOf: () => undefined, includePayload: true };
const frame = { subject: subjects.replyInbox('s', 'r1'), body: encodeJson({ payload: 42 }), atMs: 0 };
const line = (event: TrafficEvent) =>
  trafficLine(event, options)
    .map((piece) => (typeof piece === 'string' ? piece : piece.text))
    .join('');

function only(events: TrafficEvent[]): TrafficEvent {
  expect(events).toHaveLength(1);
  return events[0] as TrafficEvent;
}

test('given a reply that stands for the receipts, when it is shown, then line, JSON and filter say processed [receipt.with-reply]', () => {
  const event = only(reply({ id: 'a1', parent: 'r1', payload: 42, parentStatus: 'processed' }));
  expect(line(event)).toMatch(/ reply +acct_b → acct_a {2}t1 a1 processed 42$/);
  expect(trafficJson(event, frame, options)).toMatchObject({ parent_message_id: 'r1', parent_status: 'processed' });
  const seen = filterableEvent(event, () => undefined);
  expect(matchesFilter(parseFilter('status:processed'), seen, 0)).toBe(true);
});

test('given a reply beside receipts, when it is shown, then it says nothing of them [receipt.with-reply]', () => {
  const event = only(reply({ id: 'a1', parent: 'r1', payload: 42 }));
  expect(line(event)).toMatch(/ reply +acct_b → acct_a {2}t1 a1 42$/);
  expect(trafficJson(event, frame, options)).toMatchObject({ parent_status: null });
  expect(
    matchesFilter(
      parseFilter('status:processed'),
      filterableEvent(event, () => undefined),
      0,
    ),
  ).toBe(false);
});
