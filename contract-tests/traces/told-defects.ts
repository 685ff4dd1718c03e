import type { JsonValue } from '@agentnet/protocol';
import type { RecordedFrame } from '../kit/judge/captured-frame.js';
import type { Capture } from '../kit/judge/judge-capture.js';
import { scenarioNumbered } from './load-scenario.js';

/*
 * What the recordings do not show but the list of defects tells, put together from recorded frames: same subjects, same
 * texts, in the order the defects name.
 */

/** A message whose handler failed comes again with the same id and is refused as a duplicate. */
export function failedWorkThenDuplicate(): Capture {
  const [message, accepted, failed] = framesOf(39);
  return capture('failed-work-then-duplicate', [message, accepted, failed, message, duplicateOf(message, accepted)]);
}

/** The same with a fresh id and the key of the failed message. */
export function failedThenDuplicate(): Capture {
  const [message, accepted, failed] = framesOf(39);
  const keyed = changed(message, { idempotency_key: 'op1' });
  const again = changed(keyed, { message_id: otherId, trace_id: otherId });
  return capture('failed-key-then-duplicate', [keyed, accepted, failed, again, duplicateOf(again, accepted)]);
}

/** A key of a processed message comes again with another payload and is refused as a duplicate. */
export function keyWithAnotherPayload(payload: JsonValue = { charge: 999 }): Capture {
  const [message, accepted, processed, again, duplicate] = framesOf(20);
  return capture('key-with-another-payload', [message, accepted, processed, changed(again, { payload }), duplicate]);
}

/** Fourteen copies of one accepted message, the last ones refused for the rate. */
export function acceptedCopies(): Capture {
  const [message, , accepted, duplicate, processed] = framesOf(21);
  const limited = changed(duplicate, { code: 'rate_limited', detail: 'sender rate exceeded' });
  const copies = Array.from({ length: 13 }, (_, index) => [message, index < 9 ? duplicate : limited]).flat();
  return capture('accepted-copies', [message, accepted, processed, ...copies]);
}

const otherId = '00000000000000000000000000000abc';

type Fields = Readonly<Record<string, JsonValue>>;

function framesOf(scenario: number): RecordedFrame[] {
  return [...scenarioNumbered(scenario).frames];
}

function duplicateOf(message: RecordedFrame | undefined, receipt: RecordedFrame | undefined): RecordedFrame {
  const { message_id = '', trace_id = '' } = fieldsOf(message);
  const detail = 'message_id has already been processed';
  return changed(receipt, { message_id, trace_id, status: 'rejected', code: 'duplicate', detail });
}

function changed(frame: RecordedFrame | undefined, fields: Fields): RecordedFrame {
  if (!frame) throw new Error('the recording is shorter than it was');
  const value = { ...fieldsOf(frame), ...fields };
  return { ...frame, body: { kind: 'json', value, text: JSON.stringify(value) } };
}

function fieldsOf(frame: RecordedFrame | undefined): Fields {
  if (frame?.body.kind !== 'json') throw new Error('the recorded frame is no JSON');
  return frame.body.value as Fields;
}

/** One after the other, without the reply subjects, whose answers are not part of these stories. */
function capture(name: string, frames: readonly (RecordedFrame | undefined)[]): Capture {
  const ordered = frames.flatMap((frame, index) => {
    if (!frame) return [];
    const { reply: _unanswered, ...rest } = frame;
    return [{ ...rest, n: index + 1, afterMs: index }];
  });
  return { name, frames: ordered };
}
