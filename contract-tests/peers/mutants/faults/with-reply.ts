import { subjects } from '@agentnet/protocol';
import {
  agent,
  type Fault,
  type FaultyAgent,
  isMessage,
  isReceipt,
  ofKind,
  type Scene,
  times,
  writing,
} from '../fault.js';
import type { WireFrame } from '../nats-frames.js';

const stands = { parent_status: 'processed' };

/** Knows which requests ask for their receipts with the reply. */
const knowingWhoAsks = (outgoing: NonNullable<Fault['outgoing']>): Fault => ({
  incoming(frame, scene) {
    if (frame.json?.['receipts'] === 'with_reply') scene.notes.set(frame.json['message_id'], 'asks');
    return [frame];
  },
  outgoing,
});

/** Whether a frame is the reply, or a receipt, to a request that asks. */
const isToAsker = ({ json }: WireFrame, { notes }: Scene): boolean =>
  [json?.['parent_message_id'], json?.['message_id']].some((id) => notes.get(id) === 'asks');
const isReply = ofKind('reply');
const withFields = (frame: WireFrame, fields: object): WireFrame => ({ ...frame, json: { ...frame.json, ...fields } });

/** The receipt that a reply which stands for it makes needless. */
const processedBeside = ({ json = {} }: WireFrame): WireFrame => {
  const { parent_message_id: message_id, from_account_id, from_session_tag, to_account_id, trace_id, thread_id } = json;
  const about = { message_id, from_account_id, from_session_tag, to_account_id, trace_id, thread_id };
  const receipt = { ...about, status: 'processed', event_at: new Date().toISOString() };
  return { subject: subjects.accountReceipts(to_account_id), body: Buffer.alloc(0), json: receipt };
};

/** Agents that are wrong about replies that stand for receipts. */
export const withReplyFaults: readonly FaultyAgent[] = [
  agent(
    'processed-besides-the-reply',
    ['receipt.with-reply'],
    knowingWhoAsks((frame, scene) => {
      if (!isReply(frame, scene) || !isToAsker(frame, scene)) return [frame];
      const reply = withFields(frame, stands);
      return frame.json?.['parent_status'] === undefined ? [reply] : [reply, processedBeside(frame)];
    }),
  ),
  agent(
    'neither-receipts-nor-status',
    ['receipt.with-reply'],
    knowingWhoAsks((frame, scene) => {
      if (!isToAsker(frame, scene)) return [frame];
      if (isReceipt(frame, scene)) return [];
      return [isReply(frame, scene) ? withFields(frame, { parent_status: undefined }) : frame];
    }),
  ),
  agent(
    'replies-stand-for-receipts-unasked',
    ['receipt.with-reply.asked'],
    writing(isReply, () => stands),
  ),
  agent(
    'error-replies-say-processed',
    ['receipt.with-reply.asked'],
    writing(ofKind('error'), () => stands),
  ),
  agent(
    'parts-of-streams-say-processed',
    ['receipt.with-reply.asked'],
    writing(ofKind('stream'), () => stands),
    { needs: ['streams'] },
  ),
  agent(
    'repetitions-say-processed',
    ['receipt.with-reply.asked'],
    writing(
      (frame, scene) => isReply(frame, scene) && times(scene, frame.json?.['parent_message_id']) > 1,
      () => stands,
    ),
    { needs: ['idempotency'] },
  ),
  agent(
    'says-processed-before-the-handler-returns',
    ['receipt.with-reply.true'],
    knowingWhoAsks((frame, scene) => {
      if (!isToAsker(frame, scene)) return [frame];
      if (isReceipt(frame, scene) && frame.json?.['status'] === 'processed') return [];
      return [isReply(frame, scene) ? withFields(frame, stands) : frame];
    }),
  ),
  agent(
    'failures-after-the-reply-are-kept-quiet',
    ['receipt.with-reply.true'],
    knowingWhoAsks((frame, scene) =>
      isReceipt(frame, scene) && isToAsker(frame, scene) && frame.json?.['code'] === 'handler_error'
        ? [withFields(frame, { status: 'processed', code: undefined, detail: undefined })]
        : [frame],
    ),
  ),
  agent(
    'asks-any-registry-for-receipts-with-replies',
    ['receipt.with-reply.feature'],
    writing(
      (frame, scene) => isMessage(frame, scene) && frame.json?.['kind'] === 'request',
      () => ({ receipts: 'with_reply' }),
    ),
  ),
];
