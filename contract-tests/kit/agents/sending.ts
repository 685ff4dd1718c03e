import { errorCodes, limits, type Receipt, type SentMessage, subjects } from '@agentnet/protocol';
import type { Frame } from '../../harness/raw-subscription.js';
import { agentScenario, type Scenario } from '../core/scenario.js';
import { errorOf } from '../peer-process/acting-peer.js';
import { messageIn, quick, sends } from './sends.js';

export const sendingScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'sending.retry',
      title:
        'given a silent receiver, when an agent sends to it, then it publishes three identical copies and gives up',
      cases: ['R-06'],
      rules: ['send.retry', 'send.retry.exhausted'],
    },
    async (stage) => {
      const [receiver, peer] = [await stage.account(), await stage.peer()];
      const sending = peer.send({ to: receiver.accountId, payload: { text: 'anyone?' } });
      const copy = () => stage.judge.comes('send.retry', 'three copies', receiver.inbox.next());
      const copies = [await copy(), await copy(), await copy()];
      const error = errorOf(await sending);
      stage.judge.equal('send.retry.exhausted', error.code, 'delivery_ack_timeout', 'how the send ends');
      stage.judge.equal('send.retry', new Set(copies.map(({ text }) => text)).size, 1, 'different texts of the copies');
      const gaps = copies.slice(1).map(({ heardAtMs }, index) => heardAtMs - (copies[index]?.heardAtMs ?? 0));
      // A busy machine can only make the gaps longer; a tenth is left for timers that fire early.
      for (const [index, gap] of gaps.entries()) {
        const least = 0.9 * (limits.receiptTimeoutMs + (index + 1) * limits.sendRetryBackoffMs);
        stage.judge.holds('send.retry', gap >= least, `at least ${least} ms between copies`, gap);
      }
      stage.judge.equal('send.retry', receiver.inbox.received.length, 3, 'publishes');
    },
  ),
  agentScenario(
    {
      id: 'sending.accepted',
      title: 'given a receiver that accepts the second copy, when an agent sends, then two publishes are a success',
      cases: ['R-01', 'R-07'],
      rules: ['send.accepted', 'send.late-receipt'],
    },
    async (stage) => {
      const { receiver, sending, first } = await sends(stage);
      const second = await stage.judge.comes('send.retry', 'a second copy', receiver.inbox.next());
      receiver.acknowledge(second.json);
      const sent = { saw: 'sent', message_id: messageIn(first).message_id };
      stage.judge.matches('send.accepted', await sending, sent, 'how the send ends');
      stage.judge.equal('send.late-receipt', receiver.inbox.received.length, 2, 'publishes');
    },
  ),
  agentScenario(
    {
      id: 'sending.duplicate',
      title: 'given a receiver that calls the message a duplicate, when an agent sends to it, then the send succeeds',
      cases: ['R-08'],
      rules: ['send.duplicate'],
    },
    async (stage) => {
      const { receiver, sending, first } = await sends(stage);
      receiver.acknowledge(first.json, {
        status: 'rejected',
        code: 'duplicate',
        detail: errorCodes.duplicate.detail ?? '',
      });
      stage.judge.matches('send.duplicate', await sending, { saw: 'sent' }, 'how the send ends');
    },
  ),
  agentScenario(
    {
      id: 'sending.rejected',
      title:
        'given a receiver that is busy, when an agent sends to it, then the send fails at once with code and detail',
      cases: ['R-09'],
      rules: ['send.rejected'],
    },
    async (stage) => {
      const { receiver, sending, first } = await sends(stage);
      receiver.acknowledge(first.json, { status: 'rejected', code: 'busy', detail: 'agent backlog is full' });
      const error = { code: 'delivery_rejected', remote_code: 'busy', remote_detail: 'agent backlog is full' };
      stage.judge.matches('send.rejected', await sending, error, 'how the send ends');
      await stage.client.connection.flush();
      stage.judge.equal('send.rejected', receiver.inbox.received.length, 1, 'publishes');
    },
  ),
  agentScenario(
    {
      id: 'sending.odd-receipts',
      title: 'given odd receipts, when a good one in capitals follows, then it decides the send and later sends work',
      cases: ['R-10'],
      rules: ['send.receipt.odd', 'send.receipt.case', 'receipt.tolerant'],
    },
    async (stage) => {
      const { receiver, peer, sending, first } = await sends(stage);
      const receipts = subjects.accountReceipts(peer.accountId);
      for (const broken of ['{bad', '[1]', '', '7', new Uint8Array([0xff]), { status: 'accepted' }, { message_id: 7 }])
        stage.client.publish(receipts, broken);
      receiver.acknowledge(first.json, { message_id: stage.name('other') });
      receiver.acknowledge(first.json, { status: 'pondering', code: 'novel' } as Partial<Receipt>);
      const copy = await stage.judge.comes(
        'send.receipt.odd',
        'another copy after odd receipts',
        receiver.inbox.next(),
      );
      receiver.acknowledge(copy.json, { status: ' ACCEPTED ' } as Partial<Receipt>);
      stage.judge.matches('send.receipt.case', await sending, { saw: 'sent' }, 'a send with the receipt " ACCEPTED "');
      const later = peer.send({ to: receiver.accountId, payload: 2 });
      const isLater = (frame: Frame) => messageIn(frame).payload === 2;
      receiver.acknowledge((await receiver.inbox.next({ where: isLater })).json, { status: 'processed' });
      stage.judge.matches('send.receipt.odd', await later, { saw: 'sent' }, 'a later send');
    },
  ),
  agentScenario(
    {
      id: 'sending.unusable',
      title: 'given only receipts of unknown status, when the attempts end, then the send fails as unusable',
      cases: ['R-10'],
      rules: ['send.receipt.unusable'],
    },
    async (stage) => {
      const { receiver, sending, first } = await sends(stage);
      const unknown = { status: 'pondering' } as Partial<Receipt>;
      receiver.acknowledge(first.json, unknown);
      for (let copy = 0; copy < 2; copy += 1) receiver.acknowledge((await receiver.inbox.next()).json, unknown);
      stage.judge.equal(
        'send.receipt.unusable',
        errorOf(await sending).code,
        'delivery_ack_unusable',
        'how the send ends',
      );
    },
  ),
  agentScenario(
    {
      id: 'sending.foreign-receipt',
      title: 'given a receipt that names another account, when it comes, then only the addressee’s own decides',
      cases: [],
      rules: ['send.receipt.addressee'],
    },
    async (stage) => {
      const { receiver, sending, first } = await sends(stage);
      const forged = { status: 'rejected', code: 'busy', from_account_id: stage.name('acct') };
      receiver.acknowledge(first.json, forged);
      receiver.acknowledge(first.json);
      stage.judge.matches('send.receipt.addressee', await sending, { saw: 'sent' }, 'how the send ends');
    },
  ),
  agentScenario(
    {
      id: 'sending.fire-and-forget',
      title: 'given a sender that waits for nothing, when it sends, then it publishes once and has the id',
      cases: [],
      rules: ['send.fire-and-forget'],
    },
    async (stage) => {
      const { receiver, peer, sending, first } = await sends(stage, { wait: 'none' });
      const sent = { saw: 'sent', message_id: messageIn(first).message_id };
      stage.judge.matches('send.fire-and-forget', await sending, sent, 'the answer of the send');
      const marker = peer.send({ to: receiver.accountId, payload: 'marker' });
      const frame = await receiver.inbox.next();
      receiver.acknowledge(frame.json);
      await marker;
      stage.judge.equal('send.fire-and-forget', messageIn(frame).payload, 'marker', 'what follows the message');
    },
  ),
  agentScenario(
    {
      id: 'sending.processed',
      title: 'given a send until handled, when receipts come in any order, then only "processed" is a success',
      cases: [],
      rules: ['send.processed', 'send.processed.order', 'send.processed.duplicate'],
      needs: ['processed'],
    },
    async (stage) => {
      const [receiver, peer] = [await stage.account(), await stage.peer(quick)];
      const answeredIds = new Set<string>();
      // On a busy machine a copy of the message before may still come.
      const isNew = (frame: Frame) => !answeredIds.has(messageIn(frame).message_id);
      const answered = async (receipts: readonly Partial<Receipt>[], idempotency_key?: string) => {
        const options = { wait: 'processed', processed_timeout_ms: 4_000 } as const;
        const key = idempotency_key === undefined ? {} : { idempotency_key };
        const sending = peer.send({ to: receiver.accountId, payload: 1, ...options, ...key });
        const { json } = await receiver.inbox.next({ where: isNew });
        answeredIds.add((json as SentMessage).message_id);
        for (const receipt of receipts) receiver.acknowledge(json, receipt);
        return sending;
      };
      const processed = { status: 'processed' } as const;
      const late = { status: 'rejected', code: 'timeout' };
      const handled = await answered([processed, { status: 'accepted' }, late]);
      stage.judge.matches('send.processed.order', handled, { saw: 'sent' }, 'processed, accepted, rejected');
      const failed = await answered([{}, { status: 'rejected', code: 'handler_error' }]);
      const rejected = { code: 'delivery_rejected', remote_code: 'handler_error' };
      stage.judge.matches('send.processed', failed, rejected, 'accepted, then rejected');
      const own = { from_session_tag: 'own' };
      const other = { status: 'rejected', code: 'busy', from_session_tag: 'other' };
      const decided = await answered([own, other, { ...own, ...processed }]);
      stage.judge.matches('send.processed.order', decided, { saw: 'sent' }, 'a rejection by another session');
      const { detail = '', idempotency_detail = '' } = errorCodes.duplicate;
      const duplicate = { status: 'rejected', code: 'duplicate' };
      const earlier = await answered([{ ...duplicate, detail }, processed]);
      stage.judge.matches('send.processed.duplicate', earlier, { saw: 'sent' }, 'duplicate, then processed');
      const unknown = await answered([{ ...duplicate, detail: idempotency_detail }], stage.name('key'));
      stage.judge.matches('send.processed.duplicate', unknown, { code: 'outcome_unknown' }, 'a duplicate key');
      const silent = errorOf(await answered([{}]));
      stage.judge.equal('send.processed', silent.code, 'processed_timeout', 'accepted, then silence');
    },
  ),
  agentScenario(
    {
      id: 'sending.shared-account',
      title:
        'given two sessions of the sender, when one sends 20 messages, then every send gets its receipt at the first try',
      cases: ['R-11'],
      rules: ['send.shared-account', 'subject.receipts.no-group'],
    },
    async (stage) => {
      const username = stage.name('twins');
      const [sender, receiver] = [await stage.peer({ ...quick, username }), await stage.account()];
      await stage.peer({ username });
      const inbox = await stage.client.subscribe(subjects.accountInbox(receiver.accountId), {
        onFrame: ({ json }) => receiver.acknowledge(json),
      });
      for (let index = 0; index < 20; index += 1) {
        const sent = await sender.send({ to: receiver.accountId, payload: index });
        stage.judge.matches('send.shared-account', sent, { saw: 'sent' }, `send ${index}`);
      }
      // A receipt that a busy machine delivers late costs a copy; the other session's share would cost about ten.
      const copies = inbox.received.length - 20;
      stage.judge.holds('subject.receipts.no-group', copies < 5, 'hardly any second copies', copies);
    },
  ),
];
