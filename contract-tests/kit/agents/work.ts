import { errorCodes, limits, nowTimestamp, type SentReceipt } from '@agentnet/protocol';
import { eventually } from '../../harness/eventually.js';
import { agentScenario, type Scenario } from '../core/scenario.js';
import type { JoinOptions } from '../peer-process/acting-peer.js';
import { type Facing, facing, facingFrom, outcomeOf, unlimited } from './facing.js';

const inMs = (ms: number): string => nowTimestamp(Date.now() + ms);

/** The first verdict that is no `service_degraded`. */
async function probe(pair: Facing): Promise<string> {
  for (;;) {
    const code = (await pair.settle(pair.message())).map(outcomeOf).at(-1) ?? '';
    if (code !== 'service_degraded') return code;
  }
}

/** Waits until the machine's clock has reached an instant. */
async function passed(atMs: number): Promise<void> {
  await eventually(() => Date.now() > atMs, { timeoutMs: 30_000 });
}

/** Accepted work: how much waits, how much runs, and what ends it. */
export const workScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'guardrails.busy',
      title:
        'given a busy worker and a full queue, when one more comes, then it is busy, and accepted once there is room',
      cases: ['G-06'],
      rules: ['inbox.busy', 'inbox.busy.retry', 'inbox.workers'],
      needs: ['limits'],
    },
    async (stage) => {
      const options: JoinOptions = { ...unlimited, max_concurrency: 1, max_pending: 2, handle: { how: 'hold' } };
      const { peer, message, publish, settle, receiptsOf } = await facing(stage, options);
      const bodies = [message(), message(), message()];
      for (const body of bodies) publish(body);
      const late = message();
      const busy = (await stage.judge.comes('inbox.busy', 'a receipt', settle(late))).at(-1);
      stage.judge.matches('inbox.busy', busy, { code: 'busy', detail: errorCodes.busy.detail }, 'one message too many');
      stage.judge.equal('inbox.workers', peer.received.length, 1, 'handlers that run with one worker');
      await peer.handle({ how: 'note' });
      await peer.release();
      for (const body of bodies) await stage.judge.comes('inbox.workers', 'receipts of what waited', receiptsOf(body));
      const again = (await settle(late)).at(-1);
      stage.judge.matches('inbox.busy.retry', again, { status: 'processed' }, 'the same id after there is room');
      const order = peer.received.map(({ message_id }) => message_id);
      const expected = [...bodies, late].map(({ message_id }) => message_id);
      stage.judge.equal('inbox.workers', order, expected, 'messages at the handler: first in, first out');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.breaker',
      title:
        'given failures in a row, when more messages come, then the circuit is open to their sender until the reset',
      cases: ['G-07'],
      rules: ['inbox.breaker.opens', 'inbox.breaker.success', 'inbox.breaker.per-sender', 'inbox.breaker.probe'],
      needs: ['limits'],
    },
    async (stage) => {
      const { judge } = stage;
      const pair = await facing(stage, { ...unlimited, breaker_failures: 3, breaker_reset_ms: 1_500 });
      const stranger = facingFrom(stage, await stage.account(), pair.peer);
      const settle = async (how: 'fail' | 'note', from: Facing = pair): Promise<string> => {
        await pair.peer.handle({ how });
        return (await from.settle(from.message())).map(outcomeOf).at(-1) ?? '';
      };
      const codes: string[] = [];
      for (const how of ['fail', 'fail', 'note', 'fail', 'fail', 'note'] as const) codes.push(await settle(how));
      const [bad, good] = ['handler_error', 'processed'];
      judge.equal(
        'inbox.breaker.success',
        codes,
        [bad, bad, good, bad, bad, good],
        'two failures and a success, twice',
      );
      for (let count = 0; count < 3; count += 1)
        judge.equal('inbox.breaker.opens', await settle('fail'), bad, 'a failure');
      judge.equal('inbox.breaker.opens', await settle('note'), 'service_degraded', 'a message after three failures');
      judge.equal('inbox.breaker.per-sender', await settle('note', stranger), good, 'another sender’s message');
      await pair.peer.handle({ how: 'fail' });
      judge.equal('inbox.breaker.probe', await probe(pair), bad, 'the probe after the reset');
      judge.equal('inbox.breaker.probe', await settle('note'), 'service_degraded', 'a message after a failed probe');
      await pair.peer.handle({ how: 'note' });
      judge.equal('inbox.breaker.opens', await probe(pair), good, 'a message after the second reset');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.breaker.queued',
      title:
        'given an accepted message in the queue, when the circuit opens before its turn, then it is service_degraded',
      cases: ['R-12'],
      rules: ['inbox.breaker.queued'],
      needs: ['limits'],
    },
    async (stage) => {
      const options: JoinOptions = { ...unlimited, max_concurrency: 1, breaker_failures: 1, breaker_reset_ms: 60_000 };
      const pair = await facing(stage, { ...options, handle: { how: 'hold', next: { how: 'fail' } } });
      const [first, second] = [pair.message(), pair.message()];
      for (const body of [first, second]) pair.publish(body);
      const isAccepted = ({ json }: { json: unknown }) => (json as SentReceipt).message_id === second.message_id;
      await pair.sender.receipts.next({ where: isAccepted });
      await pair.peer.release();
      const last = (await stage.judge.comes('inbox.breaker.queued', 'a final receipt', pair.receiptsOf(second))).at(-1);
      stage.judge.matches(
        'inbox.breaker.queued',
        last,
        { status: 'rejected', code: 'service_degraded' },
        'the queued message',
      );
      stage.judge.equal('inbox.breaker.queued', pair.peer.received.length, 1, 'runs of the handler');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.dequeue',
      title:
        'given a short-lived message behind a slow handler, when its turn comes too late, then it is expired and not handled',
      cases: ['G-10'],
      rules: ['inbox.ttl.dequeue'],
      needs: ['limits'],
    },
    async (stage) => {
      const options: JoinOptions = { ...unlimited, max_concurrency: 1, handle: { how: 'hold' } };
      const { peer, sender, message, publish, receiptsOf } = await facing(stage, options);
      const [slow, short] = [message(), message({ ttl_ms: 1_500, expires_at: inMs(1_500) })];
      for (const body of [slow, short]) publish(body);
      const about = ({ json }: { json: unknown }) => (json as SentReceipt).message_id === short.message_id;
      const accepted = await stage.judge.comes('inbox.ttl.dequeue', 'accepted', sender.receipts.next({ where: about }));
      stage.judge.matches(
        'inbox.ttl.dequeue',
        accepted.json,
        { status: 'accepted' },
        'the first receipt of the short message',
      );
      await peer.handle({ how: 'note' });
      await passed(Date.parse(short.expires_at ?? ''));
      await peer.release();
      const last = (await stage.judge.comes('inbox.ttl.dequeue', 'a final receipt', receiptsOf(short))).at(-1);
      stage.judge.matches('inbox.ttl.dequeue', last, { status: 'rejected', code: 'expired' }, 'the final receipt');
      stage.judge.equal('inbox.ttl.dequeue', peer.received.length, 1, 'runs of the handler');
    },
  ),
  agentScenario(
    {
      id: 'guardrails.workers',
      title:
        'given handlers that cancel themselves, as often as there are workers, when another message comes, then it is handled',
      cases: ['G-14'],
      rules: ['inbox.workers.survive'],
    },
    async (stage) => {
      const options: JoinOptions = { ...unlimited, breaker_failures: 100, handle: { how: 'cancel' } };
      const { peer, message, settle } = await facing(stage, options);
      for (let worker = 0; worker < limits.maxConcurrency; worker += 1) {
        const last = (await stage.judge.comes('inbox.workers.survive', 'a final receipt', settle(message()))).at(-1);
        stage.judge.equal('inbox.workers.survive', last?.code, 'handler_error', 'a handler that cancels itself');
      }
      await peer.handle({ how: 'note' });
      const last = (await stage.judge.comes('inbox.workers.survive', 'a final receipt', settle(message()))).at(-1);
      stage.judge.equal('inbox.workers.survive', last && outcomeOf(last), 'processed', 'the message after them');
    },
  ),
];
