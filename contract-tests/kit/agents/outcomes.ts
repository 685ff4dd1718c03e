import { limits, type SentReceipt, subjects } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { aMessage } from '../../harness/message-builder.js';
import { agentScenario, type Scenario } from '../core/scenario.js';
import { facing, facingFrom, outcomeOf, payloadOf, unlimited } from './facing.js';

export const outcomeScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'outcomes.failed-again',
      title: 'given a message that failed, when it comes again by id, then it is handled',
      cases: ['R-12'],
      rules: ['send.no-false-success', 'inbox.duplicate.failed'],
    },
    async (stage) => {
      const { peer, message, settle } = await facing(stage, { ...unlimited, handle: { how: 'fail' } });
      const body = message();
      const failed = (await settle(body)).at(-1);
      stage.judge.equal('receipt.handler-error', failed?.code, 'handler_error', 'the first copy');
      await peer.handle({ how: 'note' });
      const again = (await stage.judge.comes('inbox.duplicate.failed', 'receipts of the copy', settle(body))).at(-1);
      stage.judge.equal('inbox.duplicate.failed', again && outcomeOf(again), 'processed', 'the copy after a failure');
      stage.judge.equal('send.no-false-success', peer.received.length, 2, 'runs of the handler');
    },
  ),
  agentScenario(
    {
      id: 'outcomes.failed-key',
      title: 'given a key whose message failed, when it comes under another id, then that one is handled',
      cases: ['R-12'],
      rules: ['send.no-false-success', 'inbox.duplicate.failed'],
      needs: ['idempotency'],
    },
    async (stage) => {
      const { peer, message, settle } = await facing(stage, { ...unlimited, handle: { how: 'fail' } });
      const idempotency_key = stage.name('key');
      await settle(message({ idempotency_key }));
      await peer.handle({ how: 'note' });
      const again = (await settle(message({ idempotency_key }))).at(-1);
      stage.judge.equal('inbox.duplicate.failed', again && outcomeOf(again), 'processed', 'the key after a failure');
    },
  ),
  agentScenario(
    {
      id: 'outcomes.attach',
      title:
        'given a request that runs and one that is done, when copies come, then each gets the reply of the first and no second run',
      cases: ['R-12'],
      rules: ['inbox.outcome.reply', 'inbox.outcome.attach'],
      needs: ['idempotency'],
    },
    async (stage) => {
      const { judge } = stage;
      const held = { how: 'hold', next: { how: 'reply', payload: { exact: 1.5 } } } as const;
      const { peer, sender, message, ask } = await facing(stage, { ...unlimited, handle: held });
      const body = message({ kind: 'request', idempotency_key: stage.name('key') });
      const [first, second] = [ask(body), ask(body)];
      const isDuplicate = ({ json }: { json: unknown }) => (json as SentReceipt).code === 'duplicate';
      await judge.comes(
        'inbox.outcome.attach',
        'a receipt "duplicate" at once',
        sender.receipts.next({ where: isDuplicate }),
      );
      await peer.receives(1);
      await peer.release();
      const answers = [
        await first,
        await second,
        await judge.comes('inbox.outcome.reply', 'a remembered reply', ask(body)),
      ];
      for (const [index, reply] of answers.entries()) {
        const rule = index === 2 ? 'inbox.outcome.reply' : 'inbox.outcome.attach';
        const expected = { kind: 'reply', payload: { exact: 1.5 }, parent_message_id: body.message_id };
        judge.matches(rule, reply.json, expected, `answer ${index + 1} of the same request`);
      }
      judge.equal('inbox.outcome.reply', peer.received.length, 1, 'runs of the handler');
    },
  ),
  agentScenario(
    {
      id: 'outcomes.bounds',
      title: 'given a reply too large to be remembered, when the request comes again, then the answer is "duplicate"',
      cases: [],
      rules: ['inbox.outcome.bounds'],
      needs: ['idempotency'],
    },
    async (stage) => {
      const payload = 'x'.repeat(limits.rememberedReplyMaxBytes + 1);
      const { message, ask } = await facing(stage, { ...unlimited, handle: { how: 'reply', payload } });
      const body = message({ kind: 'request' });
      await ask(body);
      const again = await stage.judge.comes('inbox.outcome.bounds', 'an answer to the copy', ask(body));
      stage.judge.matches('inbox.outcome.bounds', payloadOf(again), { error: 'duplicate' }, 'the answer to the copy');
    },
  ),
  agentScenario(
    {
      id: 'outcomes.replicas',
      title:
        'given two sessions of an account, when ten keyed messages come three times each, then there are ten handlings',
      cases: ['G-11'],
      rules: ['inbox.duplicate.replicas', 'inbox.duplicate.shared'],
      needs: ['idempotency'],
    },
    async (stage) => {
      const username = stage.name('twins');
      const sender = await stage.account();
      const twins = [await stage.peer({ ...unlimited, username }), await stage.peer({ ...unlimited, username })];
      const [first] = twins.map((twin) => facingFrom(stage, sender, twin));
      const keys = Array.from({ length: 10 }, () => stage.name('key'));
      for (const idempotency_key of keys) {
        const body = first?.message({ idempotency_key }) ?? {};
        // Two identical copies, and a retry under an id of its own.
        for (const copy of [body, body, { ...body, message_id: aMessage().message_id }]) first?.publish(copy);
      }
      const finals = () => sender.receipts.received.filter(({ json }) => (json as SentReceipt).status !== 'accepted');
      const all = eventually(() => finals().length >= 30, { timeoutMs: 30_000 });
      await stage.judge.comes('inbox.duplicate.replicas', '30 final receipts', all);
      for (const twin of twins) await twin.sync();
      const handled = twins.flatMap((twin) => twin.received.map(({ idempotency_key }) => idempotency_key));
      stage.judge.equal('inbox.duplicate.replicas', handled.sort(), [...keys].sort(), 'keys that were handled');
      const duplicates = finals().filter(({ json }) => (json as SentReceipt).code === 'duplicate').length;
      stage.judge.equal('inbox.duplicate.shared', duplicates, 20, 'receipts "duplicate"');
    },
  ),
  agentScenario(
    {
      id: 'outcomes.drain',
      title:
        'given an agent that closes, when it has accepted work, then that ends with a final receipt, and late messages are refused',
      cases: ['R-13'],
      rules: ['receipt.final', 'inbox.drain', 'send.closing-peer'],
      needs: ['limits'],
    },
    async (stage) => {
      const username = stage.name('twins');
      const sender = await stage.account();
      const staying = await stage.peer({ ...unlimited, username });
      const closing = await stage.peer({ ...unlimited, username, drain_timeout_ms: 500, handle: { how: 'hold' } });
      const { message, publish, receiptsOf } = facingFrom(stage, sender, closing);
      const bodies = Array.from({ length: 20 }, () => message());
      for (const body of bodies.slice(0, 10)) publish(body);
      await eventually(() => closing.received.length + staying.received.length > 0, { timeoutMs: 20_000 });
      const left = closing.startLeaving();
      for (const body of bodies.slice(10)) publish(body);
      const finals = bodies.map((body) => receiptsOf(body));
      for (const final of await stage.judge.comes('receipt.final', 'a final receipt for each', Promise.all(finals))) {
        const code = outcomeOf(final.at(-1) as SentReceipt);
        const known = ['processed', 'shutting_down', 'timeout'];
        stage.judge.holds('receipt.final', known.includes(code), `one of ${known.join(', ')}`, code);
      }
      await left;
      const after = message();
      publish(after);
      const last = (
        await stage.judge.comes('send.closing-peer', 'a receipt of the other session', receiptsOf(after))
      ).at(-1);
      stage.judge.matches('send.closing-peer', last, { status: 'processed' }, 'a message after one session closed');
    },
  ),
  agentScenario(
    {
      id: 'outcomes.shutting-down',
      title: 'given an agent that drains, when its time is up, then what still runs is rejected as shutting_down',
      cases: ['R-13'],
      rules: ['inbox.drain', 'inbox.shutting-down', 'receipt.final'],
      needs: ['limits'],
    },
    async (stage) => {
      const options = { ...unlimited, drain_timeout_ms: 300, handle: { how: 'hold' } } as const;
      const { peer, message, publish, receiptsOf } = await facing(stage, options);
      const body = message();
      publish(body);
      await peer.receives(1);
      const left = peer.startLeaving();
      const last = (await stage.judge.comes('receipt.final', 'a final receipt', receiptsOf(body))).at(-1);
      const expected = { status: 'rejected', code: 'shutting_down' };
      stage.judge.matches('inbox.shutting-down', last, expected, 'accepted work that the drain cut off');
      await left;
      const late = stage.client.request(subjects.accountInbox(peer.accountId), message(), 2_000);
      const answer = await late.then(
        ({ text }) => text,
        () => 'none',
      );
      stage.judge.equal('inbox.drain', answer, 'none', 'an answer of an agent that has left');
    },
  ),
];
