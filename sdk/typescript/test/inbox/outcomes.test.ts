import { limits, type SentMessage, type SentReceipt, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { Outcomes } from '../../src/inbox/outcomes.js';
import type { AgentNodeOptions, MessageHandler, ReceivedMessage } from '../../src/index.js';
import { toReceivedMessage } from '../../src/received-message.js';
import { aMessage } from '../harness/a-message.js';
import { FakeClock } from '../harness/fake-clock.js';
import { useNetwork } from '../harness/network.js';
import type { Tap } from '../harness/raw-peer.js';

const network = useNetwork();
const inbox = subjects.accountInbox('acct_sut');
const unlimited = { rateLimitPerSecond: Number.POSITIVE_INFINITY };

async function aReceiver(handler: MessageHandler, options: Partial<AgentNodeOptions> = {}): Promise<ReceivedMessage[]> {
  const handled: ReceivedMessage[] = [];
  const node = network.node({ inbox: unlimited, ...options });
  node.onMessage((message, context) => {
    handled.push(message);
    return handler(message, context);
  });
  await node.start();
  return handled;
}

/** What the raw peer hears of its requests. */
async function ears(): Promise<{ receipts: Tap<SentReceipt>; replies: Tap<SentMessage> }> {
  return { receipts: await network.peer.receipts(), replies: await network.peer.tap('_INBOX.raw.*') };
}

function publish(message: unknown, reply: string): void {
  network.peer.publish(inbox, message, `_INBOX.raw.${reply}`);
}

const wordsOf = (receipts: { body: SentReceipt }[]) => receipts.map(({ body }) => body.code ?? body.status);

describe('a retry of a processed request', () => {
  it('given the same bytes, when they come again, then the reply comes from memory with the receipt duplicate', async () => {
    let runs = 0;
    const handled = await aReceiver((_, { reply }) => reply({ run: ++runs }));
    const { receipts, replies } = await ears();
    const request = aMessage({ kind: 'request' });
    publish(request, 'first');
    const first = await replies.next();
    expect(wordsOf(await receipts.take(2))).toEqual(['accepted', 'processed']);
    publish(request, 'second');
    const second = await replies.next();
    expect(second.subject).toBe('_INBOX.raw.second');
    expect(second.body).toMatchObject({
      kind: 'reply',
      payload: { run: 1 },
      parent_message_id: request.message_id,
      thread_id: request.thread_id,
    });
    expect(second.body.message_id).not.toBe(first.body.message_id);
    expect(wordsOf(await receipts.take(1))).toEqual(['duplicate']);
    expect(handled).toHaveLength(1);
  });

  it('given the same key and payload under another id, when it comes, then the reply answers the second id', async () => {
    const handled = await aReceiver((_, { reply }) => reply('done'));
    const { receipts, replies } = await ears();
    publish(aMessage({ idempotency_key: 'order' }), 'first');
    await replies.next();
    await receipts.take(2);
    const retry = aMessage({ idempotency_key: 'order' });
    publish(retry, 'second');
    expect((await replies.next()).body).toMatchObject({ payload: 'done', parent_message_id: retry.message_id });
    expect((await receipts.next()).body).toMatchObject({
      code: 'duplicate',
      detail: 'idempotency_key has already been processed',
    });
    expect(handled).toHaveLength(1);
  });

  it('given the same key with another payload, when it comes, then it is refused and not answered from memory', async () => {
    await aReceiver((_, { reply }) => reply('done'));
    const { replies } = await ears();
    publish(aMessage({ idempotency_key: 'order', payload: { n: 1 } }), 'first');
    await replies.next();
    publish(aMessage({ idempotency_key: 'order', payload: { n: 2 } }), 'second');
    expect((await replies.next()).body).toMatchObject({ kind: 'error', payload: { error: 'idempotency_key_reused' } });
  });

  it('given payloads that only differ in digits a double loses, when the key comes again, then they are told apart', async () => {
    await aReceiver((_, { reply }) => reply('done'));
    const { replies } = await ears();
    const text = (digits: string) =>
      JSON.stringify(aMessage({ idempotency_key: 'big', payload: 7 })).replace('"payload":7', `"payload":${digits}`);
    publish(text('12345678901234567890'), 'first');
    await replies.next();
    publish(text('12345678901234567891'), 'second');
    expect((await replies.next()).body.payload).toMatchObject({ error: 'idempotency_key_reused' });
    publish(text('12345678901234567890'), 'third');
    expect((await replies.next()).body).toMatchObject({ kind: 'reply', payload: 'done' });
  });

  it('given a request that was handled without a reply, when it comes again, then the error reply says duplicate', async () => {
    await aReceiver(() => undefined);
    const { receipts, replies } = await ears();
    const request = aMessage();
    publish(request, 'first');
    await receipts.take(2);
    publish(request, 'second');
    expect((await replies.next()).body.payload).toMatchObject({ error: 'duplicate' });
  });

  it('given a reply above the bound, when the request comes again, then the error reply says duplicate', async () => {
    await aReceiver((_, { reply }) => reply('x'.repeat(limits.rememberedReplyMaxBytes)));
    const { receipts, replies } = await ears();
    const request = aMessage();
    publish(request, 'first');
    await replies.next();
    await receipts.take(2);
    publish(request, 'second');
    expect((await replies.next()).body.payload).toMatchObject({ error: 'duplicate' });
  });

  it('given a foreign sender with the same id, when it writes, then it is handled itself and sees nothing of the first reply', async () => {
    const handled = await aReceiver((message, { reply }) => reply(`for ${message.from_account_id}`));
    const { replies } = await ears();
    const request = aMessage();
    publish(request, 'first');
    await replies.next();
    publish({ ...request, from_account_id: 'acct_other' }, 'second');
    expect((await replies.next()).body.payload).toBe('for acct_other');
    expect(handled).toHaveLength(2);
  });
});

describe('the memory of replies', () => {
  it('given more replies than the bound, when the next one is kept, then the oldest are dropped and the bytes stay within it', () => {
    const outcomes = new Outcomes(limits.dedupeTtlMs, new FakeClock());
    const reply = new Uint8Array(limits.rememberedReplyMaxBytes);
    const raw = { subject: '', body: reply, noResponders: false };
    const most = Math.floor(limits.rememberedRepliesMaxBytes / reply.length);
    const kept = Array.from({ length: most + 3 }, () => {
      const message = toReceivedMessage(aMessage());
      const outcome = outcomes.remember({
        message,
        text: '',
        raw,
        expiresAtMs: undefined,
        event: undefined,
        wantsReceiptsWithReply: false,
      });
      outcomes.keepReply(outcome, reply);
      return outcome;
    });
    expect(kept.map((outcome) => outcome.reply !== undefined)).toEqual([
      ...Array(3).fill(false),
      ...Array(most).fill(true),
    ]);
  });
});

describe('a retry while the first copy runs', () => {
  function aSlowHandler(): { handler: MessageHandler; finish: (how?: Error) => void; started: Promise<void> } {
    let start = (): void => undefined;
    let finish: (how?: Error) => void = () => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const gate = new Promise<void>((resolve, reject) => {
      finish = (how) => (how ? reject(how) : resolve());
    });
    gate.catch(() => undefined);
    const handler: MessageHandler = async (_, { reply }) => {
      start();
      await gate;
      await reply('finished');
    };
    return { handler, finish: (how) => finish(how), started };
  }

  it('given a running request, when copies come, then they are duplicates at once and get the reply when it is done', async () => {
    const { handler, finish, started } = aSlowHandler();
    const handled = await aReceiver(handler);
    const { receipts, replies } = await ears();
    const request = aMessage({ idempotency_key: 'slow' });
    publish(request, 'first');
    await started;
    publish(request, 'second');
    publish(aMessage({ idempotency_key: 'slow' }), 'third');
    expect(wordsOf(await receipts.take(3))).toEqual(['accepted', 'duplicate', 'duplicate']);
    finish();
    const answers = await replies.take(3);
    expect(answers.map(({ subject }) => subject).sort()).toEqual(
      ['first', 'second', 'third'].map((name) => `_INBOX.raw.${name}`),
    );
    expect(answers.map(({ body }) => body.payload)).toEqual(['finished', 'finished', 'finished']);
    expect(handled).toHaveLength(1);
  });

  it('given a running request that fails, when copies waited, then each is told, and the next retry runs', async () => {
    const { handler, finish, started } = aSlowHandler();
    let calls = 0;
    await aReceiver((message, context) => (++calls === 1 ? handler(message, context) : context.reply('second run')));
    const { receipts, replies } = await ears();
    const request = aMessage({ idempotency_key: 'slow' });
    const copy = aMessage({ idempotency_key: 'slow' });
    publish(request, 'first');
    await started;
    publish(copy, 'second');
    expect(wordsOf(await receipts.take(2))).toEqual(['accepted', 'duplicate']);
    finish(new Error('no'));
    const answers = await replies.take(2);
    expect(answers.map(({ body }) => body.payload)).toMatchObject([
      { error: 'handler_error' },
      { error: 'handler_error' },
    ]);
    const finals = (await receipts.take(2)).map(({ body }) => [body.message_id, body.code]);
    expect(finals).toEqual([
      [request.message_id, 'handler_error'],
      [copy.message_id, 'handler_error'],
    ]);
    publish(request, 'third');
    expect((await replies.next()).body.payload).toBe('second run');
  });

  it('given more copies than may wait, when they come, then the others are refused as duplicate at once', async () => {
    const { handler, finish, started } = aSlowHandler();
    await aReceiver(handler);
    const { replies } = await ears();
    const request = aMessage();
    publish(request, 'first');
    await started;
    for (let copy = 0; copy <= limits.attachedRetriesMax; copy++) publish(request, `copy${copy}`);
    expect(await replies.next()).toMatchObject({
      subject: `_INBOX.raw.copy${limits.attachedRetriesMax}`,
      body: { payload: { error: 'duplicate' } },
    });
    finish();
    const answers = await replies.take(limits.attachedRetriesMax + 1);
    expect(new Set(answers.map(({ body }) => body.payload))).toEqual(new Set(['finished']));
  });
});

describe('events', () => {
  it('given listeners, when messages are handled and refused, then each hears its own kind until it is ended', async () => {
    const node = network.node({ inbox: unlimited });
    const heard: string[] = [];
    node.on('handled', ({ message }) => heard.push(`handled ${message.payload}`));
    const end = node.on('refused', ({ code }) => heard.push(`refused ${code}`));
    node.on('error', ({ error }) => heard.push(`error ${error.code}`));
    node.onMessage(({ payload }) => {
      if (payload === 'bad') throw new Error('bad');
    });
    await node.start();
    const receipts = await network.peer.receipts();
    const message = aMessage({ payload: 'one' });
    for (const body of [message, message, aMessage({ payload: 'bad' })]) {
      network.peer.publish(inbox, body);
      while ((await receipts.next()).body.status === 'accepted');
    }
    expect(heard).toEqual(['handled one', 'refused duplicate', 'error handler_error', 'refused handler_error']);
    end();
    network.peer.publish(inbox, message);
    await receipts.next();
    expect(heard).toHaveLength(4);
  });

  it('given a listener that throws, when it hears something, then the error is reported and the message is handled', async () => {
    const node = network.node();
    node.on('handled', () => {
      throw new Error('listener');
    });
    node.onMessage(() => undefined);
    await node.start();
    const receipts = await network.peer.receipts();
    network.peer.publish(inbox, aMessage());
    expect(wordsOf(await receipts.take(2))).toEqual(['accepted', 'processed']);
    expect(network.errors[0]).toMatchObject({ code: 'listener_failed', cause: { message: 'listener' } });
  });

  it('given a silent receiver, when a send is retried, then each retry is an event', async () => {
    const node = network.node();
    await node.start();
    const retries: number[] = [];
    node.on('retry', ({ attempt, to }) => retries.push(to === 'acct_raw' ? attempt : 0));
    const copies = await network.peer.inbox();
    const sending = node.send({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    await copies.next();
    network.clock.advance(limits.receiptTimeoutMs);
    // The pause before the retry begins only when the timeout has been noticed.
    await expect
      .poll(() => {
        network.clock.advance(limits.sendRetryBackoffMs);
        return retries.length;
      })
      .toBe(1);
    const { body } = await copies.next();
    network.peer.receipt(body);
    expect(await sending).toMatchObject({ attempts: 2 });
    expect(retries).toEqual([2]);
  });

  it('given a server without JetStream, when a keyed message comes, then it is handled and degraded is told once', async () => {
    const node = network.node({ inbox: unlimited });
    const degraded: string[] = [];
    node.on('degraded', ({ feature }) => degraded.push(feature));
    const handled: ReceivedMessage[] = [];
    node.onMessage((message) => void handled.push(message));
    await node.start();
    const receipts = await network.peer.receipts();
    for (const key of ['a', 'b']) network.peer.publish(inbox, aMessage({ idempotency_key: key }));
    await receipts.take(4);
    expect(handled).toHaveLength(2);
    expect(degraded).toEqual(['sharedDedupe']);
  });
});
