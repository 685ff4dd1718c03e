import { type SentMessage, subjects } from '@agentnet/protocol';
import { headers as natsHeaders } from '@nats-io/nats-core';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { AgentNode, MessageHandler } from '../../src/index.js';
import { aMessage } from '../harness/a-message.js';
import { useNetwork } from '../harness/network.js';
import { useTracer } from '../harness/recorded-spans.js';

const network = useNetwork();
const spans = useTracer();

const inboxName = 'account.*.inbox';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;

async function joined(agentId: string, handler?: MessageHandler): Promise<AgentNode> {
  const node = network.node({ agentId, accountId: `acct_${agentId}` });
  if (handler) node.onMessage(handler);
  await node.start();
  return node;
}

/** Runs `work` in a span of the program's own. */
function inSpan<T>(work: () => Promise<T>): Promise<T> {
  const span = trace.getTracer('program').startSpan('program', {}, ROOT_CONTEXT);
  return context.with(trace.setSpan(ROOT_CONTEXT, span), work).finally(() => span.end());
}

/** A message with headers, as any peer can send it. */
function publish(message: SentMessage, given: readonly (readonly [string, string])[]): void {
  const headers = natsHeaders();
  for (const [name, value] of given) headers.append(name, value);
  network.peer.connection.publish(subjects.accountInbox(message.to_account_id ?? ''), JSON.stringify(message), {
    headers,
  });
}

describe('what is sent', () => {
  it('given an active span, when a message is sent, then it is in that trace, in body and header [trace.id.default, trace.header]', async () => {
    const inbox = await network.peer.inbox();
    const node = await joined('teller');
    const sending = inSpan(() => node.send({ to: 'acct_raw', payload: { text: 'hi' } }));
    const raw = await inbox.nextRaw();
    const message = JSON.parse(new TextDecoder().decode(raw.data)) as SentMessage;
    network.peer.receipt(message);
    const delivery = await sending;
    const program = await spans.named('program');
    const span = await spans.named(`send ${inboxName}`);
    expect(message.trace_id).toBe(program.spanContext().traceId);
    expect(delivery.traceId).toBe(message.trace_id);
    expect(message.thread_id).toBe(`thread_${message.trace_id}`);
    expect(span.parentSpanContext?.spanId).toBe(program.spanContext().spanId);
    expect(raw.headers?.get('traceparent')).toBe(`00-${message.trace_id}-${span.spanContext().spanId}-01`);
    expect(span.kind).toBe(SpanKind.PRODUCER);
    expect(span.attributes).toEqual({
      'messaging.system': 'nats',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'account.acct_raw.inbox',
      'messaging.destination.template': inboxName,
      'messaging.message.id': message.message_id,
      'messaging.message.conversation_id': message.thread_id,
      'messaging.message.body.size': raw.data.length,
      'agentnet.message.kind': 'direct',
      'agentnet.from_account_id': 'acct_teller',
      'agentnet.to_account_id': 'acct_raw',
    });
  });

  it('given no active span, when a message is sent, then it begins a trace of its own [trace.id.default]', async () => {
    const inbox = await network.peer.inbox();
    const node = await joined('teller');
    await node.send({ to: 'acct_raw', payload: 1, requireDeliveryAck: false });
    const { body } = await inbox.next();
    const span = await spans.named(`send ${inboxName}`);
    expect(span.parentSpanContext).toBeUndefined();
    expect(body.trace_id).toBe(span.spanContext().traceId);
  });

  it('given a caller that names another trace, when it sends, then the span is in that one and links to the active [trace.id, trace.parent.none]', async () => {
    const inbox = await network.peer.inbox();
    const node = await joined('teller');
    await inSpan(() => node.send({ to: 'acct_raw', payload: 1, traceId, requireDeliveryAck: false }));
    const { body } = await inbox.next();
    const program = await spans.named('program');
    const span = await spans.named(`send ${inboxName}`);
    expect(body.trace_id).toBe(traceId);
    expect(span.spanContext().traceId).toBe(traceId);
    expect(span.parentSpanContext?.spanId).toBe(traceId.slice(16));
    expect(span.links.map((link) => link.context.spanId)).toEqual([program.spanContext().spanId]);
  });

  it('given a caller whose trace id is none, when it sends, then it stays and the span is in the active trace', async () => {
    const inbox = await network.peer.inbox();
    const node = await joined('teller');
    await inSpan(() => node.send({ to: 'acct_raw', payload: 1, traceId: 'job-42', requireDeliveryAck: false }));
    const { body } = await inbox.next();
    const program = await spans.named('program');
    const span = await spans.named(`send ${inboxName}`);
    expect(body.trace_id).toBe('job-42');
    expect(span.spanContext().traceId).toBe(program.spanContext().traceId);
    expect(span.attributes['agentnet.trace_id']).toBe('job-42');
  });

  it('given a rejected message, when sending fails, then the span has the code [trace.error]', async () => {
    const inbox = await network.peer.inbox();
    const node = await joined('teller');
    const failure = node.send({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    network.peer.receipt((await inbox.next()).body, { status: 'rejected', code: 'busy' });
    expect(await failure).toMatchObject({ code: 'delivery_rejected' });
    const span = await spans.named(`send ${inboxName}`);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'delivery_rejected' });
    expect(span.attributes).toMatchObject({ 'error.type': 'delivery_rejected', 'agentnet.remote_code': 'busy' });
    expect(span.events.map(({ name }) => name)).toEqual(['exception']);
  });
});

describe('what is asked and handled', () => {
  it('given a handler that asks another agent, when it is asked, then all spans form one tree [trace.handler, trace.parent]', async () => {
    await joined('oracle', (_message, { reply }) => reply({ answer: 42 }));
    const worker = await joined('worker', async (_message, { reply }) => {
      const { payload } = await worker.request({ to: 'acct_oracle', payload: {} });
      await reply(payload);
    });
    const asker = await joined('asker');
    const answer = await inSpan(() => asker.request({ to: 'acct_worker', payload: {} }));
    const program = await spans.named('program');
    expect(answer.trace_id).toBe(program.spanContext().traceId);
    const tree = () =>
      spans.all.map(({ name, kind, parentSpanContext, attributes }) => {
        const parent = spans.all.find((one) => one.spanContext().spanId === parentSpanContext?.spanId);
        const to = String(attributes['messaging.destination.name'] ?? '').split('.')[1];
        return `${parent?.name ?? 'nothing'} > ${SpanKind[kind]} ${name} ${to === 'agentnet' ? '' : (to ?? '')}`.trim();
      });
    await expect
      .poll(() => tree().sort())
      .toEqual(
        [
          'nothing > INTERNAL program',
          `program > CLIENT request ${inboxName} acct_worker`,
          `request ${inboxName} > SERVER process ${inboxName} acct_worker`,
          `process ${inboxName} > CLIENT request ${inboxName} acct_oracle`,
          `request ${inboxName} > SERVER process ${inboxName} acct_oracle`,
          `process ${inboxName} > PRODUCER reply (temporary)`,
          `process ${inboxName} > PRODUCER reply (temporary)`,
        ].sort(),
      );
    expect(new Set(spans.all.map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it('given a handler that throws, when it is asked, then both sides have its code [trace.error]', async () => {
    await joined('worker', () => {
      throw new Error('no luck');
    });
    const asker = await joined('asker');
    await expect(asker.request({ to: 'acct_worker', payload: {} })).rejects.toMatchObject({ code: 'handler_error' });
    const asking = await spans.named(`request ${inboxName}`);
    const handling = await spans.named(`process ${inboxName}`);
    expect(asking.attributes['error.type']).toBe('handler_error');
    expect(handling.status).toEqual({ code: SpanStatusCode.ERROR, message: 'handler_error' });
    expect(handling.events[0]?.attributes?.['exception.message']).toBe('no luck');
  });

  it('given a reply outside the handler, when it is sent, then it is part of the handling', async () => {
    const messages: Parameters<MessageHandler>[0][] = [];
    const worker = await joined('worker', (message) => void messages.push(message));
    const asker = await joined('asker');
    const asking = asker.request({ to: 'acct_worker', payload: {} });
    const handling = await spans.named(`process ${inboxName}`);
    for (const message of messages) await worker.reply(message, 'late');
    expect((await asking).payload).toBe('late');
    const reply = await spans.named('reply (temporary)');
    expect(reply.parentSpanContext?.spanId).toBe(handling.spanContext().spanId);
  });
});

describe('what comes from anywhere', () => {
  it('given a message with a traceparent and no trace id of its own, when it is handled, then the header is the parent [trace.parent]', async () => {
    await joined('worker', () => undefined);
    publish(aMessage({ to_account_id: 'acct_worker', trace_id: 'job-42' }, network.clock.now()), [
      ['traceparent', traceparent],
      ['tracestate', 'vendor=1'],
    ]);
    const span = await spans.named(`process ${inboxName}`);
    expect(span.kind).toBe(SpanKind.CONSUMER);
    expect(span.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect(span.spanContext().traceState?.serialize()).toBe('vendor=1');
  });

  it.each<[string, readonly (readonly [string, string])[]]>([
    ['no header', []],
    ['another trace', [['traceparent', traceparent]]],
    ['rubbish', [['traceparent', `00-${'z'.repeat(32)}-1-1`]]],
    [
      'two headers',
      [
        ['traceparent', traceparent],
        ['traceparent', traceparent],
      ],
    ],
    ['headers too long to be read', Array.from({ length: 1000 }, (_, at) => [`traceparent-${at}`, traceparent])],
  ])('given %s, when the message is handled, then its trace id decides [trace.id, trace.parent.none, trace.header.malformed]', async (_what, given) => {
    await joined('worker', () => undefined);
    const message = aMessage({ to_account_id: 'acct_worker' }, network.clock.now());
    publish(message, given);
    const span = await spans.named(`process ${inboxName}`);
    expect(span.spanContext().traceId).toBe(message.trace_id);
    expect(span.parentSpanContext?.spanId).toBe(message.trace_id.slice(16));
    expect(network.errors).toEqual([]);
  });

  it('given header names no client would write, when the message is handled, then nothing is lost [trace.header.malformed]', async () => {
    await joined('worker', () => undefined);
    const receipts = await network.peer.receipts();
    const message = aMessage({ to_account_id: 'acct_worker' }, network.clock.now());
    // Sets what the client itself refuses to append.
    const headers = natsHeaders() as unknown as { headers: Map<string, string[]> };
    headers.headers.set('bad name\u0001', ['x']);
    headers.headers.set('__proto__', ['x']);
    network.peer.connection.publish('account.acct_worker.inbox', JSON.stringify(message), {
      headers: headers as unknown as ReturnType<typeof natsHeaders>,
    });
    expect((await receipts.take(2)).map(({ body }) => body.status)).toEqual(['accepted', 'processed']);
    expect((await spans.named(`process ${inboxName}`)).spanContext().traceId).toBe(message.trace_id);
    expect(network.errors).toEqual([]);
  });
});

describe('streams', () => {
  it('given an agent that streams its answer, when it is asked, then the stream is one span on each side', async () => {
    await joined('poet', async (_message, { stream }) => void (await stream(['Once ', 'upon ', 'a time'])));
    const asker = await joined('asker');
    await expect(asker.askStream({ to: 'acct_poet', payload: {} }).text).resolves.toBe('Once upon a time');
    const asking = await spans.named(`ask_stream ${inboxName}`);
    const handling = await spans.named(`process ${inboxName}`);
    const stream = await spans.named('stream (temporary)');
    expect(asking.kind).toBe(SpanKind.CLIENT);
    expect(handling.parentSpanContext?.spanId).toBe(asking.spanContext().spanId);
    expect(stream.parentSpanContext?.spanId).toBe(handling.spanContext().spanId);
    expect(stream.attributes['agentnet.stream_id']).toMatch(/^stream_/);
    expect(spans.all.filter(({ name }) => name.startsWith('send'))).toEqual([]);
  });

  it('given text that is streamed to an account, when its source fails, then the span of the stream has the code [trace.error]', async () => {
    const inbox = await network.peer.inbox();
    const node = await joined('poet');
    const broken = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('out of ink')) }) };
    const failure = node.streamText({ to: 'acct_raw', chunks: broken }).catch((error: unknown) => error);
    const start = await inbox.nextRaw();
    network.peer.receipt(JSON.parse(new TextDecoder().decode(start.data)));
    network.peer.receipt((await inbox.next()).body);
    expect(await failure).toMatchObject({ code: 'stream_source_failed' });
    const span = await spans.named(`stream ${inboxName}`);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'stream_source_failed' });
    expect(start.headers?.get('traceparent')).toContain(span.spanContext().spanId);
  });

  it('given an asked stream that fails, when its asker hears of it, then its span has the code [trace.error]', async () => {
    const node = await joined('asker');
    const failing = new AbortController();
    const { text } = node.askStream({ to: 'acct_raw', payload: {}, signal: failing.signal });
    failing.abort();
    await expect(text).rejects.toMatchObject({ code: 'cancelled' });
    expect((await spans.named(`ask_stream ${inboxName}`)).attributes['error.type']).toBe('cancelled');
  });
});
