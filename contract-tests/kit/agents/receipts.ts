import { errorCodes, type SentReceipt, subjectPatterns, subjects } from '@agentnet/protocol';
import { aMessage } from '../../harness/message-builder.js';
import { agentScenario, type Scenario } from '../core/scenario.js';
import { facing, payloadOf } from './facing.js';

export const receiptScenarios: readonly Scenario[] = [
  agentScenario(
    {
      id: 'receipts.happy',
      title: 'given an agent, when a message reaches it, then accepted and processed come with all fields and no code',
      cases: ['R-01'],
      rules: ['receipt.happy', 'receipt.fields', 'receipt.subject'],
    },
    async (stage) => {
      const { peer, sender, message, settle } = await facing(stage);
      const sent = message({ parent_message_id: 'parent-1' });
      const receipts = await stage.judge.comes('receipt.happy', 'accepted and a final receipt', settle(sent));
      const about = {
        message_id: sent.message_id,
        from_account_id: peer.accountId,
        from_session_tag: peer.sessionTag,
        to_account_id: sender.accountId,
        trace_id: sent.trace_id,
        thread_id: sent.thread_id,
        parent_message_id: 'parent-1',
      };
      const told = receipts.map(({ event_at: _when, ...fields }) => fields);
      const statuses = receipts.map(({ status }) => status);
      stage.judge.equal('receipt.happy', statuses, ['accepted', 'processed'], 'the receipts of a handled message');
      for (const fields of told) stage.judge.matches('receipt.fields', fields, about, 'the fields of a receipt');
      const coded = told.filter((fields) => 'code' in fields || 'detail' in fields);
      stage.judge.equal('receipt.happy', coded, [], 'receipts of a handled message with code or detail');
      // What a second copy of it were told would come before this.
      await stage.judge.comes('receipt.happy', 'accepted and a final receipt', settle(message()));
      const all = sender.receipts.received.filter(({ json }) => (json as SentReceipt).message_id === sent.message_id);
      stage.judge.equal('receipt.happy', all.length, receipts.length, 'how many receipts a handled message gets');
    },
  ),
  agentScenario(
    {
      id: 'receipts.request',
      title: 'given an agent that replies, when it is asked, then both receipts come besides the reply',
      cases: ['R-02', 'M-03'],
      rules: ['receipt.requests', 'request.both', 'request.reply.shape'],
    },
    async (stage) => {
      const { peer, sender, message, ask, receiptsOf } = await facing(stage, {
        handle: { how: 'reply', payload: 'pong' },
      });
      const request = message({ kind: 'request' });
      const reply = await stage.judge.comes('request.both', 'a reply to the request', ask(request));
      const shape = {
        kind: 'reply',
        payload: 'pong',
        parent_message_id: request.message_id,
        trace_id: request.trace_id,
        thread_id: request.thread_id,
        to_account_id: sender.accountId,
        to_agent: sender.accountId,
        from_account_id: peer.accountId,
      };
      stage.judge.matches('request.reply.shape', reply.json, shape, 'the fields of a reply');
      const { message_id } = reply.json as { message_id: string };
      stage.judge.holds('request.reply.shape', message_id !== request.message_id, 'a fresh message id', message_id);
      const receipts = await stage.judge.comes('receipt.requests', 'the receipts of a request', receiptsOf(request));
      const statuses = receipts.map(({ status }) => status);
      stage.judge.equal('receipt.requests', statuses, ['accepted', 'processed'], 'the receipts of a request');
    },
  ),
  agentScenario(
    {
      id: 'receipts.no-account',
      title: 'given a message without a sender account, when it arrives, then it is handled and no receipt follows',
      cases: ['R-03'],
      rules: ['receipt.no-account'],
    },
    async (stage) => {
      const receipts = await stage.client.subscribe(subjectPatterns.accountReceipts);
      const { peer, message, publish, settle } = await facing(stage);
      const silent = aMessage({ to: peer.accountId });
      publish(silent);
      await stage.judge.comes('receipt.no-account', 'the message at the handler', peer.receives(1));
      await settle(message());
      const about = receipts.received.filter(
        ({ json }) => (json as SentReceipt | undefined)?.message_id === silent.message_id,
      );
      stage.judge.equal(
        'receipt.no-account',
        about.map(({ text }) => text),
        [],
        'receipts about that message',
      );
    },
  ),
  agentScenario(
    {
      id: 'receipts.handler-error',
      title:
        'given a handler that throws, when a request reaches it, then receipt and error reply say so, not its text',
      cases: ['R-04'],
      rules: [
        'receipt.handler-error',
        'receipt.handler-error.private',
        'receipt.handler-error.reply',
        'request.error.shape',
      ],
    },
    async (stage) => {
      const { sender, message, ask, receiptsOf } = await facing(stage, { handle: { how: 'fail' } });
      const request = message({ kind: 'request' });
      const reply = await stage.judge.comes('receipt.handler-error.reply', 'an error reply', ask(request));
      const receipts = await stage.judge.comes('receipt.handler-error', 'a final receipt', receiptsOf(request));
      const { detail } = errorCodes.handler_error;
      const told = receipts.map(({ status, code, detail }) => ({ status, code, detail }));
      const expected = [
        { status: 'accepted', code: undefined, detail: undefined },
        { status: 'rejected', code: 'handler_error', detail },
      ];
      stage.judge.equal('receipt.handler-error', told, expected, 'the receipts of a failed handler');
      const { message_id, trace_id } = request;
      const payload = { error: 'handler_error', detail, request_message_id: message_id, trace_id };
      stage.judge.equal('receipt.handler-error.reply', payloadOf(reply), payload, 'the payload of the error reply');
      const shape = { kind: 'error', to_agent: request.from_agent, to_account_id: sender.accountId };
      stage.judge.matches('request.error.shape', reply.json, shape, 'the fields of an error reply');
      const text = `${reply.text}${JSON.stringify(receipts)}`;
      stage.judge.holds('receipt.handler-error.private', !text.includes('secret'), 'no text of the exception', text);
    },
  ),
  agentScenario(
    {
      id: 'receipts.timeout',
      title: 'given a handler that hangs, when its time is up, then it is cancelled, and receipt and reply say timeout',
      cases: ['R-05'],
      rules: ['receipt.timeout'],
      needs: ['limits'],
    },
    async (stage) => {
      const { peer, message, ask, receiptsOf } = await facing(stage, { work_timeout_ms: 500, handle: { how: 'hold' } });
      const request = message({ kind: 'request' });
      const reply = await stage.judge.comes('receipt.timeout', 'an error reply', ask(request));
      const last = (await stage.judge.comes('receipt.timeout', 'a final receipt', receiptsOf(request))).at(-1);
      const { detail } = errorCodes.timeout;
      stage.judge.matches(
        'receipt.timeout',
        last,
        { status: 'rejected', code: 'timeout', detail },
        'the final receipt',
      );
      stage.judge.matches('receipt.timeout', payloadOf(reply) as object, { error: 'timeout' }, 'the error reply');
      await stage.judge.comes('receipt.timeout', 'a cancelled handler', peer.observes('cancelled'));
    },
  ),
  agentScenario(
    {
      id: 'receipts.timeout.nested',
      title: 'given a handler that raises a timeout of its own, when it fails, then the receipt says handler_error',
      cases: [],
      rules: ['receipt.timeout.nested'],
    },
    async (stage) => {
      const { message, settle } = await facing(stage, { handle: { how: 'time_out' } });
      const last = (await stage.judge.comes('receipt.timeout.nested', 'a final receipt', settle(message()))).at(-1);
      const expected = { status: 'rejected', code: 'handler_error' };
      stage.judge.matches('receipt.timeout.nested', last, expected, 'the final receipt');
    },
  ),
  agentScenario(
    {
      id: 'receipts.not-for-replies',
      title: 'given an agent that asks, when the reply comes, then it sends no receipt for it',
      cases: [],
      rules: ['request.reply.no-receipt', 'request.kind', 'request.reply.subject', 'request.first-reply'],
    },
    async (stage) => {
      const [peer, other] = [await stage.peer(), await stage.account()];
      const asking = peer.ask({ to: other.accountId, payload: 'ping', timeout_ms: 20_000 });
      const request = await stage.judge.comes('request.kind', 'one request', other.inbox.next());
      const asked = request.json as { message_id: string; kind: string; trace_id: string; thread_id: string };
      stage.judge.equal('request.kind', asked.kind, 'request', 'the kind of a request');
      const replySubject = request.reply ?? '';
      stage.judge.holds(
        'request.reply.subject',
        new RegExp(`^_INBOX\\.agentnet\\.${peer.sessionTag}\\.[^.*>\\s]{16,}$`).test(replySubject),
        '_INBOX.agentnet.<session>.<token>',
        replySubject,
      );
      const reply = (payload: string) =>
        aMessage({
          from: other.accountId,
          to: peer.accountId,
          kind: 'reply',
          parent_message_id: asked.message_id,
          thread_id: asked.thread_id,
          trace_id: asked.trace_id,
          payload,
        });
      stage.client.publish(replySubject, reply('first'));
      stage.client.publish(replySubject, reply('second'));
      const answer = await asking;
      const told = answer.saw === 'reply' ? answer.message.payload : answer;
      stage.judge.equal('request.first-reply', told, 'first', 'the reply that counts');
      stage.client.publish(
        subjects.accountInbox(peer.accountId),
        aMessage({ from: other.accountId, to: peer.accountId }),
      );
      const { json } = await other.receipts.next();
      const first = other.receipts.received.map((frame) => (frame.json as SentReceipt).thread_id);
      stage.judge.holds('request.reply.no-receipt', !first.includes(asked.thread_id), 'no receipt for a reply', json);
      stage.judge.equal('request.kind', other.inbox.received.length, 1, 'publishes of one request');
    },
  ),
];
