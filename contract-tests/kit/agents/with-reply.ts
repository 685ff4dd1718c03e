import {
  errorCodes,
  type Message,
  type RuleId,
  type SentMessage,
  type SentReceipt,
  subjects,
} from '@agentnet/protocol';
import { aMessage, type MessageText } from '../../harness/message-builder.js';
import type { Frame } from '../../harness/raw-subscription.js';
import { type AgentStage, agentScenario, clientScenario, type Scenario } from '../core/scenario.js';
import { type Facing, facing, outcomeOf, unlimited } from './facing.js';
import { story } from './receiving.js';
import { messageIn } from './sends.js';

/** How a request says that its receipts may come with the reply. */
const asking = { kind: 'request', receipts: 'with_reply' } as const;
const pong = { how: 'reply', payload: 'pong' } as const;

/** What is told of a message before the receipts of a later one have come: `accepted`, `processed`, or the code of a rejection. */
async function toldOf({ sender, message, settle }: Facing, { message_id }: { message_id: string }): Promise<string[]> {
  await settle(message());
  const receipts = sender.receipts.received.map(({ json }) => json as SentReceipt);
  return receipts.filter((receipt) => receipt.message_id === message_id).map(outcomeOf);
}

const statusIn = (reply: Frame): unknown => messageIn(reply).parent_status;

/** Holds an agent to one of both: receipts, or a reply that stands for them. */
async function isReported(
  { judge }: AgentStage,
  face: Facing,
  { request, reply }: { request: MessageText; reply: Frame },
) {
  const rule = 'receipt.with-reply';
  if (statusIn(reply) === undefined) {
    const receipts = await judge.comes(rule, 'receipts beside a reply without parent_status', face.receiptsOf(request));
    judge.equal(rule, receipts.map(outcomeOf), ['accepted', 'processed'], 'receipts of an answered request');
    return;
  }
  judge.equal(rule, statusIn(reply), 'processed', 'the parent_status of a reply');
  const told = await toldOf(face, request);
  judge.holds(rule, !told.includes('processed'), 'no receipt processed besides the reply that stands for it', told);
}

const answered = agentScenario(
  {
    id: 'with-reply.answered',
    title:
      'given a request that asks for it, when it is answered, then receipts say what became of it or its reply does, not both',
    cases: [],
    rules: ['receipt.with-reply', 'request.reply.shape'],
  },
  async (stage) => {
    const face = await facing(stage, { ...unlimited, handle: pong });
    const request = face.message(asking);
    const reply = await stage.judge.comes('receipt.with-reply', 'a reply', face.ask(request));
    const shape = { kind: 'reply', payload: 'pong', parent_message_id: request.message_id };
    stage.judge.matches('request.reply.shape', reply.json, shape, 'the reply');
    await isReported(stage, face, { request, reply });
  },
);

const large = agentScenario(
  {
    id: 'with-reply.large',
    title: 'given a request that asks for it, when the answer is long, then it is reported all the same',
    cases: [],
    rules: ['receipt.with-reply'],
  },
  async (stage) => {
    const face = await facing(stage, { ...unlimited, handle: { how: 'echo' } });
    const request = face.message({ ...asking, payload: 'x'.repeat(100_000) });
    const reply = await stage.judge.comes('receipt.with-reply', 'a reply', face.ask(request));
    await isReported(stage, face, { request, reply });
  },
);

const later = agentScenario(
  {
    id: 'with-reply.later',
    title:
      'given a request that asks for it, when its handler takes its time, then it is accepted meanwhile and reported once it is done',
    cases: [],
    rules: ['receipt.with-reply'],
  },
  async (stage) => {
    const face = await facing(stage, { ...unlimited, handle: { how: 'hold', next: pong } });
    const { peer, sender, message, ask } = face;
    const request = message(asking);
    const asked = ask(request);
    const about = ({ json }: Frame) => (json as Message).message_id === request.message_id;
    const first = await stage.judge.comes(
      'receipt.with-reply',
      'a receipt meanwhile',
      sender.receipts.next({ where: about }),
    );
    stage.judge.matches('receipt.with-reply', first.json, { status: 'accepted' }, 'the receipt of work that goes on');
    await peer.release();
    const reply = await stage.judge.comes('receipt.with-reply', 'a reply', asked);
    await peer.handle(pong);
    const told = await toldOf(face, request);
    const expected = statusIn(reply) === undefined ? ['accepted', 'processed'] : ['accepted'];
    stage.judge.equal('receipt.with-reply', told, expected, 'receipts besides the reply');
  },
);

/** A request that gets both receipts and a reply without `parent_status`. */
async function isUnasked({ judge }: AgentStage, { ask, receiptsOf }: Facing, request: MessageText): Promise<void> {
  const rule = 'receipt.with-reply.asked';
  const reply = await judge.comes(rule, 'a reply', ask(request));
  judge.equal(rule, statusIn(reply), undefined, 'the parent_status of a reply to a request that does not ask for it');
  const receipts = await judge.comes(rule, 'the receipts of a request that does not ask', receiptsOf(request));
  judge.equal(rule, receipts.map(outcomeOf), ['accepted', 'processed'], 'receipts of a request that does not ask');
}

const unasked = agentScenario(
  {
    id: 'with-reply.unasked',
    title:
      'given requests that do not ask for it, when they are answered, then receipts come and no reply says a status',
    cases: [],
    rules: ['receipt.with-reply.asked', 'receipt.requests'],
  },
  async (stage) => {
    const face = await facing(stage, { ...unlimited, handle: pong });
    await isUnasked(stage, face, face.message({ kind: 'request' }));
    for (const receipts of [null, 'by_mail', ['with_reply'], true])
      await isUnasked(stage, face, face.message({ kind: 'request', receipts }));
    // Nobody waits for this one, so nothing could say what the receipts would.
    const direct = await face.settle(face.message({ receipts: 'with_reply' }));
    const statuses = direct.map(outcomeOf);
    stage.judge.equal('receipt.with-reply', statuses, ['accepted', 'processed'], 'receipts where nobody waits');
  },
);

const refused = agentScenario(
  {
    id: 'with-reply.refused',
    title:
      'given a request that asks for it, when it fails or is refused, then a receipt says so and no error reply a status',
    cases: [],
    rules: ['receipt.with-reply.asked', 'receipt.handler-error'],
  },
  async (stage) => {
    const { judge } = stage;
    const { message, ask, receiptsOf } = await facing(stage, { ...unlimited, handle: { how: 'fail' } });
    const refusals: [MessageText, string[]][] = [
      [message(asking), ['accepted', 'handler_error']],
      [message({ ...asking, schema_version: '2.0' }), ['unsupported_schema_version']],
    ];
    for (const [request, expected] of refusals) {
      const reply = await judge.comes('receipt.with-reply.asked', 'an error reply', ask(request));
      judge.equal('receipt.with-reply.asked', statusIn(reply), undefined, 'the parent_status of an error reply');
      const told = (await judge.comes('receipt.handler-error', 'a rejection', receiptsOf(request))).map(outcomeOf);
      judge.equal('receipt.handler-error', told, expected, 'the receipts of a request that came to nothing');
    }
  },
);

const repeated = agentScenario(
  {
    id: 'with-reply.repeated',
    title: 'given an answered request that asks for it, when it comes again, then the remembered reply says no status',
    cases: [],
    rules: ['receipt.with-reply.asked', 'inbox.outcome.reply'],
    needs: ['idempotency'],
  },
  async (stage) => {
    const { judge } = stage;
    const { peer, message, ask, settle } = await facing(stage, { ...unlimited, handle: pong });
    const request = message({ ...asking, idempotency_key: stage.name('key') });
    await judge.comes('receipt.with-reply', 'a reply', ask(request));
    const again = await judge.comes('inbox.outcome.reply', 'a remembered reply', ask(request));
    judge.matches('inbox.outcome.reply', again.json, { kind: 'reply', payload: 'pong' }, 'the answer to a repetition');
    judge.equal('receipt.with-reply.asked', statusIn(again), undefined, 'the parent_status of a remembered reply');
    await settle(message());
    judge.equal(
      'inbox.outcome.reply',
      peer.received.length,
      2,
      'runs of the handler, that of a later message included',
    );
  },
);

const streamed = agentScenario(
  {
    id: 'with-reply.streamed',
    title: 'given a request that asks for it, when the answer is a stream, then no part of it says a status',
    cases: [],
    rules: ['receipt.with-reply.asked', 'receipt.with-reply'],
    needs: ['streams'],
  },
  async (stage) => {
    const { judge, client } = stage;
    const face = await facing(stage, { ...unlimited, handle: { how: 'stream', pieces: story } });
    const request = face.message(asking);
    const replySubject = subjects.replyInbox(face.sender.sessionTag, stage.name('token'));
    const replies = await client.subscribe(replySubject);
    client.publish(subjects.accountInbox(face.peer.accountId), request, { reply: replySubject });
    const isReply = (frame: Frame) => messageIn(frame).kind === 'reply';
    const parts = await judge.comes('stream.reply.final', 'a final reply', replies.collectUntil(isReply, 30_000));
    const stated = parts.filter((part) => 'parent_status' in messageIn(part)).map(({ text }) => text);
    judge.equal('receipt.with-reply.asked', stated, [], 'parts of a stream with a parent_status');
    const reply = replies.received.find(isReply);
    await face.peer.handle({ how: 'note' });
    if (reply) await isReported(stage, face, { request, reply });
  },
);

const failing = agentScenario(
  {
    id: 'with-reply.failing',
    title:
      'given a handler that replies and then fails, when it is asked so, then receipts say what became of it, not the reply',
    cases: [],
    rules: ['receipt.with-reply.true'],
  },
  async (stage) => {
    const { judge } = stage;
    const rule: RuleId = 'receipt.with-reply.true';
    const { message, ask, receiptsOf } = await facing(stage, {
      ...unlimited,
      handle: { ...pong, next: { how: 'fail' } },
    });
    const request = message(asking);
    const reply = await judge.comes(rule, 'the reply of a handler that fails after it', ask(request));
    judge.matches(rule, reply.json, { kind: 'reply', payload: 'pong' }, 'the reply of a handler that fails after it');
    judge.equal(rule, statusIn(reply), undefined, 'its parent_status');
    const told = await judge.comes(rule, 'receipts of a handler that failed', receiptsOf(request));
    judge.equal(rule, told.map(outcomeOf), ['accepted', 'handler_error'], 'receipts of a handler that failed');
    judge.matches(rule, told.at(-1), { detail: errorCodes.handler_error.detail }, 'the last one');
  },
);

const unfinished = agentScenario(
  {
    id: 'with-reply.unfinished',
    title:
      'given a handler that replies and goes on, when it is asked so, then the reply says nothing and processed comes at its end',
    cases: [],
    rules: ['receipt.with-reply.true'],
  },
  async (stage) => {
    const { judge } = stage;
    const rule: RuleId = 'receipt.with-reply.true';
    const handle = { ...pong, next: { how: 'hold' } } as const;
    const { peer, sender, message, ask, receiptsOf } = await facing(stage, { ...unlimited, handle });
    const request = message(asking);
    const reply = await judge.comes(rule, 'the reply of a handler that goes on', ask(request));
    judge.equal(rule, statusIn(reply), undefined, 'the parent_status while the handler runs');
    const told = sender.receipts.received.length;
    judge.holds(rule, told <= 1, 'at most accepted while the handler runs', told);
    await peer.release();
    const receipts = await judge.comes(rule, 'receipts of a handler that returned', receiptsOf(request));
    judge.equal(rule, receipts.map(outcomeOf), ['accepted', 'processed'], 'receipts of a handler that went on');
  },
);

/** What an agent asks an account, which answers with these fields. */
async function asks(stage: AgentStage, answering: (request: SentMessage) => Partial<SentMessage>) {
  const [other, peer] = [await stage.account(), await stage.peer()];
  const told = peer.ask({ to: other.accountId, payload: 'ping', timeout_ms: 20_000 });
  const { json, reply = '' } = await stage.judge.comes('request.kind', 'a request', other.inbox.next());
  const request = json as SentMessage;
  const { message_id: parent_message_id, thread_id, trace_id } = request;
  const ids = { from: other.accountId, to: peer.accountId, parent_message_id, thread_id, trace_id };
  stage.client.publish(reply, aMessage({ ...ids, kind: 'reply', payload: 'pong', ...answering(request) }));
  return { request, answer: await told };
}

const unoffered = clientScenario(
  {
    id: 'with-reply.unoffered',
    title: 'given a registry that names no features, when an agent asks, then its request asks for receipts as ever',
    cases: [],
    rules: ['receipt.with-reply.feature'],
    network: 'bare',
  },
  async (stage) => {
    const { request, answer } = await asks(stage, () => ({}));
    stage.judge.equal('receipt.with-reply.feature', request.receipts, undefined, 'receipts in a request');
    stage.judge.matches('request.reply.shape', answer, { saw: 'reply' }, 'the answer');
  },
);

const offered = clientScenario(
  {
    id: 'with-reply.offered',
    title:
      'given a registry that names the feature, when an agent asks for it and the reply stands for the receipts, then that is its answer',
    cases: [],
    rules: ['receipt.with-reply.feature', 'receipt.with-reply'],
  },
  async (stage) => {
    const { judge } = stage;
    const { request, answer } = await asks(stage, ({ receipts }) =>
      receipts === undefined ? {} : { parent_status: 'processed' },
    );
    const isKnown = request.receipts === undefined || request.receipts === 'with_reply';
    judge.holds('receipt.with-reply.feature', isKnown, 'with_reply or nothing', request.receipts);
    const told = answer.saw === 'reply' ? answer.message.payload : answer;
    judge.equal('receipt.with-reply', told, 'pong', 'what a reply that stands for the receipts is to its requester');
  },
);

/** Replies that stand for the receipts of their requests. */
export const withReplyScenarios: readonly Scenario[] = [
  answered,
  large,
  later,
  unasked,
  refused,
  repeated,
  streamed,
  failing,
  unfinished,
  unoffered,
  offered,
];
