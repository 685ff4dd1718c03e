import { type SentMessage, type SentReceipt, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import type { AgentNode, AgentNodeOptions, HandlerContext, MessageHandler, ReceivedMessage } from '../../src/index.js';
import { aMessage } from '../harness/a-message.js';
import { useNetwork } from '../harness/network.js';
import type { Tap } from '../harness/raw-peer.js';

const network = useNetwork();
const inbox = subjects.accountInbox('acct_sut');
const unlimited = { rateLimitPerSecond: Number.POSITIVE_INFINITY };

async function aReceiver(handler: MessageHandler, options: Partial<AgentNodeOptions> = {}): Promise<AgentNode> {
  const node = network.node(options);
  node.onMessage(handler);
  await node.start();
  return node;
}

/** A handler that waits until the test lets it go on. */
function aGate(): { handler: MessageHandler; started: ReceivedMessage[]; open(): void; contexts: HandlerContext[] } {
  const started: ReceivedMessage[] = [];
  const contexts: HandlerContext[] = [];
  const waiting: (() => void)[] = [];
  let isOpen = false;
  return {
    started,
    contexts,
    handler: (message, context) => {
      started.push(message);
      contexts.push(context);
      return isOpen ? undefined : new Promise((resolve) => waiting.push(resolve));
    },
    open: () => {
      isOpen = true;
      for (const resolve of waiting) resolve();
    },
  };
}

async function finalOf(receipts: Tap<SentReceipt>, messageId: string): Promise<SentReceipt> {
  for (;;) {
    const { body } = await receipts.next();
    if (body.message_id === messageId && body.status !== 'accepted') return body;
  }
}

async function send(receipts: Tap<SentReceipt>, fields: Record<string, unknown> = {}): Promise<SentReceipt> {
  const message = aMessage(fields);
  network.peer.publish(inbox, message);
  return finalOf(receipts, message.message_id);
}

describe('receipts', () => {
  it('given a handler that returns, when a message arrives, then accepted and processed follow with all fields', async () => {
    const node = await aReceiver(() => undefined);
    const receipts = await network.peer.receipts();
    const message = aMessage({ parent_message_id: 'parent_1' });
    network.peer.publish(inbox, message);
    const [accepted, processed] = await receipts.take(2);
    const common = {
      message_id: message.message_id,
      from_account_id: 'acct_sut',
      from_session_tag: node.sessionTag,
      to_account_id: 'acct_raw',
      trace_id: message.trace_id,
      thread_id: message.thread_id,
      parent_message_id: 'parent_1',
      event_at: expect.stringMatching(/Z$/),
    };
    expect(accepted?.body).toEqual({ ...common, status: 'accepted' });
    expect(processed?.body).toEqual({ ...common, status: 'processed' });
  });

  it('given a message without sender account, when it arrives, then it is handled without a receipt', async () => {
    const handled: ReceivedMessage[] = [];
    await aReceiver((message) => void handled.push(message));
    const everything = await network.peer.tap('account.*.receipts');
    const { from_account_id, ...anonymous } = aMessage();
    network.peer.publish(inbox, anonymous);
    network.peer.publish(inbox, aMessage());
    expect((await everything.next()).body).toMatchObject({ status: 'accepted', to_account_id: 'acct_raw' });
    expect(handled).toHaveLength(2);
  });

  it('given a handler that throws, when a message arrives, then it is rejected as handler_error without the text', async () => {
    await aReceiver(() => {
      throw new Error('secret of the handler');
    });
    const receipts = await network.peer.receipts();
    const replies = await network.peer.tap<SentMessage>('_INBOX.raw.*');
    network.peer.publish(inbox, aMessage(), '_INBOX.raw.1');
    const [, rejected] = await receipts.take(2);
    const reply = await replies.next();
    expect(rejected?.body).toMatchObject({
      status: 'rejected',
      code: 'handler_error',
      detail: 'handler raised an exception',
    });
    expect(reply.body.payload).toMatchObject({ error: 'handler_error', detail: 'handler raised an exception' });
    expect(`${rejected?.text}${reply.text}`).not.toContain('secret');
    expect(network.errors[0]).toMatchObject({ code: 'handler_error', cause: { message: 'secret of the handler' } });
  });

  it('given a handler that hangs, when its time is up, then the message is rejected as timeout and the signal is aborted', async () => {
    const gate = aGate();
    await aReceiver(gate.handler, { inbox: { workTimeoutMs: 500 } });
    const receipts = await network.peer.receipts();
    network.peer.publish(inbox, aMessage());
    expect((await receipts.next()).body.status).toBe('accepted');
    network.clock.advance(500);
    expect((await receipts.next()).body).toMatchObject({
      status: 'rejected',
      code: 'timeout',
      detail: 'handler timed out',
    });
    expect(gate.contexts[0]?.signal.aborted).toBe(true);
  });

  it('given a handler that throws a timeout error of its own, when a message arrives, then it is a handler_error', async () => {
    await aReceiver(() => Promise.reject(new DOMException('nested', 'TimeoutError')));
    expect(await send(await network.peer.receipts())).toMatchObject({ code: 'handler_error' });
  });
});

describe('the queue', () => {
  it('given busy workers and a full queue, when one more arrives, then it is busy; and its retry is accepted later', async () => {
    const gate = aGate();
    await aReceiver(gate.handler, { inbox: { ...unlimited, maxConcurrency: 1, maxPending: 1 } });
    const receipts = await network.peer.receipts();
    const [first, second, third] = [aMessage(), aMessage(), aMessage()];
    for (const message of [first, second, third]) network.peer.publish(inbox, message);
    const answers = (await receipts.take(3)).map(({ body }) => body.code ?? body.status);
    expect(answers).toEqual(['accepted', 'accepted', 'busy']);
    gate.open();
    await finalOf(receipts, second.message_id);
    network.peer.publish(inbox, third);
    expect(await finalOf(receipts, third.message_id)).toMatchObject({ status: 'processed' });
  });

  it('given messages waiting behind one worker, when it works on, then they are handled in order', async () => {
    const order: unknown[] = [];
    await aReceiver((message) => void order.push(message.payload), {
      inbox: { ...unlimited, maxConcurrency: 1, maxPending: 200 },
    });
    const receipts = await network.peer.receipts();
    const messages = Array.from({ length: 150 }, (_, index) => aMessage({ payload: index }));
    for (const message of messages) network.peer.publish(inbox, message);
    await finalOf(receipts, messages.at(-1)?.message_id ?? '');
    expect(order).toEqual(messages.map(({ payload }) => payload));
  });

  it('given a message that expires while it waits, when a worker takes it, then it is rejected as expired, not handled', async () => {
    const gate = aGate();
    await aReceiver(gate.handler, { inbox: { maxConcurrency: 1 } });
    const receipts = await network.peer.receipts();
    network.peer.publish(inbox, aMessage());
    const short = aMessage({ ttl_ms: 100 }, network.clock.now());
    network.peer.publish(inbox, short);
    await receipts.take(2);
    network.clock.advance(500);
    gate.open();
    expect(await finalOf(receipts, short.message_id)).toMatchObject({ status: 'rejected', code: 'expired' });
    expect(gate.started).toHaveLength(1);
  });

  it('given handlers that end in an abort error, as often as there are workers, when another message comes, then it is handled', async () => {
    let calls = 0;
    await aReceiver(() => (++calls <= 4 ? Promise.reject(new DOMException('stop', 'AbortError')) : undefined));
    const receipts = await network.peer.receipts();
    for (let index = 0; index < 4; index++) expect(await send(receipts)).toMatchObject({ code: 'handler_error' });
    expect(await send(receipts)).toMatchObject({ status: 'processed' });
  });
});

describe('outcomes', () => {
  it('given a message whose handling failed, when the same id and key come again, then it runs again', async () => {
    let calls = 0;
    await aReceiver(() => {
      if (++calls === 1) throw new Error('first time');
    });
    const receipts = await network.peer.receipts();
    const message = aMessage({ idempotency_key: 'once' });
    network.peer.publish(inbox, message);
    expect(await finalOf(receipts, message.message_id)).toMatchObject({ code: 'handler_error' });
    network.peer.publish(inbox, message);
    expect(await finalOf(receipts, message.message_id)).toMatchObject({ status: 'processed' });
  });

  it('given a message degraded in the queue behind failures, when it comes again after the reset, then it runs', async () => {
    const handled: unknown[] = [];
    let release = (): void => undefined;
    await aReceiver(
      async ({ payload }) => {
        if (payload === 'wait') await new Promise<void>((resolve) => (release = resolve));
        if (payload !== 'good') throw new Error('bad');
        handled.push(payload);
      },
      { inbox: { maxConcurrency: 1, breakerFailures: 2 } },
    );
    const receipts = await network.peer.receipts();
    const good = aMessage({ payload: 'good' });
    for (const message of [aMessage({ payload: 'wait' }), aMessage({ payload: 'bad' }), good])
      network.peer.publish(inbox, message);
    await receipts.take(3);
    release();
    expect(await finalOf(receipts, good.message_id)).toMatchObject({ code: 'service_degraded' });
    network.clock.advance(15_000);
    network.peer.publish(inbox, { ...aMessage({ payload: 'good' }, network.clock.now()), message_id: good.message_id });
    expect(await finalOf(receipts, good.message_id)).toMatchObject({ status: 'processed' });
    expect(handled).toEqual(['good']);
  });
});

describe('the breaker', () => {
  const failing: MessageHandler = ({ payload }) => {
    if (payload === 'bad') throw new Error('bad');
  };
  const fresh = (payload: string) => ({ ...aMessage({ payload }, network.clock.now()) });

  it('given N failures in a row, when more come, then service_degraded until the reset, then normal again', async () => {
    const node = await aReceiver(failing, { inbox: { ...unlimited, breakerFailures: 3, breakerResetMs: 2_000 } });
    const receipts = await network.peer.receipts();
    for (let index = 0; index < 3; index++)
      expect(await send(receipts, { payload: 'bad' })).toMatchObject({ code: 'handler_error' });
    expect(await send(receipts)).toMatchObject({ code: 'service_degraded', detail: 'circuit breaker open' });
    expect(node.metricsSnapshot().circuit_open).toBe(true);
    network.clock.advance(2_000);
    expect(await send(receipts, fresh('good'))).toMatchObject({ status: 'processed' });
    expect(await send(receipts, fresh('bad'))).toMatchObject({ code: 'handler_error' });
    expect(await send(receipts, fresh('good'))).toMatchObject({ status: 'processed' });
  });

  it('given a success in between, when failures go on, then the count starts again', async () => {
    await aReceiver(failing, { inbox: { ...unlimited, breakerFailures: 2 } });
    const receipts = await network.peer.receipts();
    for (const payload of ['bad', 'good', 'bad', 'good', 'bad']) await send(receipts, { payload });
    expect(await send(receipts, { payload: 'good' })).toMatchObject({ status: 'processed' });
  });

  it('given a probe that fails, when more come, then the circuit is open again at once', async () => {
    await aReceiver(failing, { inbox: { ...unlimited, breakerFailures: 2, breakerResetMs: 1_000 } });
    const receipts = await network.peer.receipts();
    for (const payload of ['bad', 'bad']) await send(receipts, { payload });
    network.clock.advance(1_000);
    expect(await send(receipts, fresh('bad'))).toMatchObject({ code: 'handler_error' });
    expect(await send(receipts, fresh('good'))).toMatchObject({ code: 'service_degraded' });
  });

  it('given one sender with an open circuit, when another sender writes, then it is handled', async () => {
    await aReceiver(failing, { inbox: { ...unlimited, breakerFailures: 1 } });
    await send(await network.peer.receipts(), { payload: 'bad' });
    const others = await network.peer.receipts('acct_other');
    expect(await send(others, { from_account_id: 'acct_other' })).toMatchObject({ status: 'processed' });
  });
});

describe('replies', () => {
  it('given a request, when the handler replies, then accepted, the reply and processed go out in this order', async () => {
    await aReceiver((message, { reply }) => reply({ echo: message.payload }).then(() => undefined));
    const everything = await network.peer.tap<SentMessage>('>');
    const request = aMessage({ kind: 'request' });
    network.peer.publish(inbox, request, '_INBOX.raw.1');
    await everything.next();
    const [accepted, reply, processed] = await everything.take(3);
    expect([accepted?.body, processed?.body]).toMatchObject([{ status: 'accepted' }, { status: 'processed' }]);
    expect(reply).toMatchObject({ subject: '_INBOX.raw.1' });
    expect(reply?.body).toMatchObject({
      kind: 'reply',
      parent_message_id: request.message_id,
      trace_id: request.trace_id,
      thread_id: request.thread_id,
      to_agent: 'acct_raw',
      to_account_id: 'acct_raw',
      from_account_id: 'acct_sut',
      payload: { echo: { text: 'yo' } },
    });
    expect(reply?.body.message_id).not.toBe(request.message_id);
  });

  it('given a message nobody waits for, when the handler replies, then it fails with invalid_target', async () => {
    await aReceiver((_, { reply }) => reply(1));
    expect(await send(await network.peer.receipts())).toMatchObject({ code: 'handler_error' });
    expect(network.errors[0]?.cause).toMatchObject({ code: 'invalid_target' });
  });

  it('given a capability, when a request arrives on its subject, then it is handled like inbox mail', async () => {
    await aReceiver((_, { reply }) => reply(3), { capabilities: ['mesh.calc'] });
    const replies = await network.peer.tap<SentMessage>('_INBOX.raw.*');
    const { to_account_id, ...message } = aMessage({ to_agent: 'capability:mesh.calc' });
    network.peer.publish(subjects.capability('mesh.calc'), message, '_INBOX.raw.1');
    expect((await replies.next()).body).toMatchObject({ kind: 'reply', payload: 3 });
  });

  it('given two sessions of one account, when 30 messages come, then each is handled once and both get some', async () => {
    const handled: [string, number][] = [];
    for (const name of ['one', 'two']) {
      await aReceiver(({ payload }) => void handled.push([name, payload as number]), {
        inbox: unlimited,
        username: 'sut',
      });
    }
    const receipts = await network.peer.receipts();
    for (let index = 0; index < 30; index++) network.peer.publish(inbox, aMessage({ payload: index }));
    await receipts.take(60);
    expect(handled.map(([, payload]) => payload).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, index) => index),
    );
    expect(new Set(handled.map(([name]) => name)).size).toBe(2);
  });
});
