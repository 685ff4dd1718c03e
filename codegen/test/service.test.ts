import {
  type CallReport,
  errorText,
  limits,
  ProtocolError,
  queueGroups,
  RawJson,
  Refusal,
  type RegistryHandlers,
  type ResolveKeyReply,
  serveRegistry,
  subjects,
  type ThreadMessagesReply,
} from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { handlersWith } from './harness/handlers.js';
import { MemoryTransport } from './harness/memory-transport.js';

const key: ResolveKeyReply = { account_id: 'acct_1', public_key: 'abc', resolved_at: '2026-02-21T08:00:00Z' };

function serve(given: Partial<RegistryHandlers>) {
  const transport = new MemoryTransport();
  const reports: CallReport[] = [];
  const observer = { onCall: (report: CallReport) => void reports.push(report) };
  const service = serveRegistry(transport, handlersWith(given), { observer, now: () => 1234 });
  return { transport, reports, service };
}

describe('registry service', () => {
  it('given a registry, when it is served, then every operation is subscribed once in the queue group of the spec', () => {
    const { transport } = serve({});
    expect(new Set(transport.subscribers.map(({ subject }) => subject)).size).toBe(15);
    expect(new Set(transport.subscribers.map(({ queue }) => queue))).toEqual(new Set([queueGroups.register]));
  });

  it('given two registries, when a request comes, then one of them answers', async () => {
    const { transport } = serve({ resolveKey: async () => key });
    serveRegistry(transport, handlersWith({ resolveKey: async () => key }));
    await transport.ask(subjects.registryResolveKey, '{"account_id":"acct_1"}');
    expect(transport.published.filter(({ subject }) => subject.startsWith('_INBOX')).length).toBe(1);
  });

  it('given a request, when the handler answers, then it got the checked request and its context', async () => {
    const seen: unknown[] = [];
    const { transport, reports } = serve({
      resolveKey: async (request, context) => {
        seen.push(request, context);
        return key;
      },
    });
    const body = '{ "account_id": "acct_1", "extra": 1 }';
    expect(await transport.ask(subjects.registryResolveKey, body)).toEqual(key);
    expect(seen).toEqual([
      { account_id: 'acct_1', extra: 1 },
      {
        operation: 'resolve_key',
        subject: 'registry.resolve_key',
        text: body,
        message: expect.objectContaining({ subject: 'registry.resolve_key', body: new TextEncoder().encode(body) }),
        receivedAtMs: 1234,
      },
    ]);
    expect(reports).toMatchObject([{ operation: 'resolve_key', outcome: 'ok' }]);
  });

  it('given an empty body, when it arrives, then it counts as {}', async () => {
    const { transport } = serve({ search: async () => Promise.reject(new Refusal('cursor_invalid')) });
    expect(await transport.ask(subjects.registrySearch, '')).toEqual({
      error: 'cursor_invalid',
      code: 'cursor_invalid',
    });
  });

  it.each([
    { given: 'text that is no JSON', body: '{"account_id":', detail: 'the body is not JSON' },
    { given: 'NaN', body: '{"account_id":NaN}', detail: 'the body is not JSON' },
    { given: 'bytes that are not UTF-8', body: new Uint8Array([0x7b, 0xff, 0x7d]), detail: 'the body is not UTF-8' },
    {
      given: 'a byte order mark',
      body: new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
      detail: 'the body is not JSON',
    },
    {
      given: 'brackets beyond the deepest nesting',
      body: `{"a":${'['.repeat(limits.jsonMaxDepth)}${']'.repeat(limits.jsonMaxDepth)}}`,
      detail: `the body is nested deeper than ${limits.jsonMaxDepth}`,
    },
  ])('given $given, when it arrives, then the answer is bad_request', async ({ body, detail }) => {
    const { transport, reports } = serve({});
    expect(await transport.ask(subjects.registryResolveKey, body)).toEqual({
      error: 'bad_request',
      code: 'bad_request',
      detail,
    });
    expect(reports).toMatchObject([{ outcome: 'refused', code: 'bad_request' }]);
  });

  it.each([
    '[]',
    '"text"',
    '7',
    'null',
    'true',
  ])('given the body %s, when it arrives, then the answer has the exact text for it', async (body) => {
    const { transport } = serve({});
    expect(await transport.ask(subjects.registrySearch, body)).toEqual({
      error: 'search payload must be an object',
      code: 'payload_not_object',
      detail: 'the body is not a JSON object',
    });
  });

  it.each([
    '[]',
    'nonsense',
    'null',
  ])('given an operation that does not look at its body, when %s arrives, then it counts as {}', async (body) => {
    const requests: unknown[] = [];
    const { transport } = serve({
      list: async (request) => {
        requests.push(request);
        return { generated_at: '2026-02-21T08:00:00Z', agents: [] };
      },
    });
    expect(await transport.ask(subjects.registryList, body)).toMatchObject({ agents: [] });
    expect(requests).toEqual([{}]);
  });

  it.each([
    '{}',
    '{"account_id":""}',
    '{"account_id":null}',
    '{"account_id":0}',
    '{"account_id":[]}',
  ])('given a required field that is missing or empty as in %s, when it arrives, then the answer has its exact text', async (body) => {
    const { transport } = serve({});
    expect(await transport.ask(subjects.registryResolveKey, body)).toMatchObject({
      error: 'account_id is required',
      code: 'field_required',
    });
  });

  it('given a field of the wrong type, when it arrives, then the detail names the field', async () => {
    const { transport } = serve({});
    expect(await transport.ask(subjects.registrySearch, '{"limit":"many"}')).toEqual({
      error: 'bad_request',
      code: 'bad_request',
      detail: '/limit must be integer or null',
    });
  });

  it('given a handler that refuses, when it throws a Refusal, then code, exact text and detail are the answer', async () => {
    const { transport, reports } = serve({
      resolveKey: async () => Promise.reject(new Refusal('not_found', 'no such account')),
    });
    expect(await transport.ask(subjects.registryResolveKey, '{"account_id":"acct_1"}')).toEqual({
      error: 'not_found',
      code: 'not_found',
      detail: 'no such account',
    });
    expect(reports).toMatchObject([{ outcome: 'refused', code: 'not_found' }]);
  });

  it('given a handler that fails, when it throws, then the answer hides the cause and the observer hears it', async () => {
    const cause = new Error('password is hunter2');
    const { transport, reports } = serve({ search: async () => Promise.reject(cause) });
    expect(await transport.ask(subjects.registrySearch, '{}')).toEqual({
      error: 'search_failed',
      code: 'internal_error',
    });
    expect(reports).toMatchObject([{ outcome: 'failed', code: 'internal_error', cause }]);
  });

  it('given a handler that throws before its first await, when it is called, then there is an answer all the same', async () => {
    const { transport } = serve({
      search: () => {
        throw new TypeError('not even a promise');
      },
    });
    expect(await transport.ask(subjects.registrySearch, '{}')).toMatchObject({ code: 'internal_error' });
  });

  it('given a reply that breaks its schema, when the handler returns it, then the answer is internal_error', async () => {
    const { transport, reports } = serve({ resolveKey: async () => ({ ...key, public_key: 7 as unknown as string }) });
    expect(await transport.ask(subjects.registryResolveKey, '{"account_id":"a"}')).toEqual({
      error: 'resolve_failed',
      code: 'internal_error',
    });
    expect(reports[0]?.cause).toBeInstanceOf(ProtocolError);
  });

  it('given a reply that JSON cannot say, when the handler returns it, then the answer is internal_error', async () => {
    const row = { ...aPage().messages[0], payload: { value: Number.NaN } } as ThreadMessagesReply['messages'][number];
    const { transport } = serve({ threadMessages: async () => ({ ...aPage(), messages: [row] }) });
    expect(await transport.ask(subjects.registryThreadMessages, '{"thread_id":"t"}')).toEqual({
      error: 'thread_messages_failed',
      code: 'internal_error',
    });
  });

  it('given a reply beyond the size limit, when the handler returns it, then the answer is reply_too_large', async () => {
    const page = aPage('x'.repeat(limits.replyMaxBytes));
    const { transport } = serve({ threadMessages: async () => page });
    expect(await transport.ask(subjects.registryThreadMessages, '{"thread_id":"t"}')).toMatchObject({
      error: 'reply_too_large',
      code: 'reply_too_large',
    });
  });

  it('given a recorded payload as raw text, when the reply is sent, then its numbers keep every digit', async () => {
    const page = aPage();
    const [row] = page.messages;
    if (row) row.payload = RawJson.of('{"big":12345678901234567890,"same":1.0}');
    const { transport } = serve({ threadMessages: async () => page });
    await transport.ask(subjects.registryThreadMessages, '{"thread_id":"t"}');
    expect(new TextDecoder().decode(transport.published.at(-1)?.body)).toContain(
      '"payload":{"big":12345678901234567890,"same":1.0}',
    );
  });

  it('given a request without a reply subject, when it arrives, then the handler is not called', () => {
    const { transport, reports } = serve({});
    transport.publish(subjects.registrySearch, new TextEncoder().encode('{}'));
    expect(transport.published.length).toBe(1);
    return expect.poll(() => reports).toMatchObject([{ outcome: 'ignored' }]);
  });

  it('given an event, when it arrives, then its handler runs and nothing is answered', async () => {
    const tags: string[] = [];
    const { transport, service } = serve({ goodbye: async ({ session_tag }) => void tags.push(session_tag) });
    transport.publish(subjects.registryGoodbye, new TextEncoder().encode('{"session_tag":"s1"}'), {
      reply: '_INBOX.x',
    });
    await service.drain();
    expect([tags, transport.published.length]).toEqual([['s1'], 1]);
  });

  it('given a malformed event, when it arrives, then it is dropped and reported', async () => {
    const { transport, reports, service } = serve({});
    transport.publish(subjects.registryHello, new TextEncoder().encode('{'));
    await service.drain();
    expect([transport.published.length, reports]).toMatchObject([
      1,
      [{ operation: 'hello', outcome: 'refused', code: 'bad_request' }],
    ]);
  });

  it('given a closed connection, when the answer cannot be sent, then it is reported and nothing is thrown', async () => {
    const { transport, reports, service } = serve({
      resolveKey: async () => {
        transport.failure = new Error('closed');
        return key;
      },
    });
    void transport.ask(subjects.registryResolveKey, '{"account_id":"a"}').catch(() => {});
    await service.drain();
    expect(reports).toMatchObject([{ outcome: 'failed', code: 'internal_error', cause: new Error('closed') }]);
  });

  it('given an observer that throws, when a call is reported, then the caller has the answer', async () => {
    const transport = new MemoryTransport();
    const observer = {
      onCall: () => {
        throw new Error('full disk');
      },
    };
    serveRegistry(transport, handlersWith({ resolveKey: async () => key }), { observer });
    expect(await transport.ask(subjects.registryResolveKey, '{"account_id":"a"}')).toEqual(key);
  });

  it('given two slow calls, when they overlap, then they run side by side and drain waits for both', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const started: string[] = [];
    const { transport, reports, service } = serve({
      resolveKey: async ({ account_id }) => {
        started.push(account_id);
        await gate;
        return key;
      },
    });
    const answers = [
      transport.ask(subjects.registryResolveKey, '{"account_id":"a"}'),
      transport.ask(subjects.registryResolveKey, '{"account_id":"b"}'),
    ];
    expect(started).toEqual(['a', 'b']);
    const drained = service.drain();
    expect([transport.subscribers.length, reports.length]).toEqual([2, 0]);
    open();
    await Promise.all([drained, service.drain()]);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    expect(await Promise.all(answers)).toEqual([key, key]);
  });

  it('given a code without a text of its own, when an operation refuses with it, then the code is the text', () => {
    expect([errorText('resolve_key', 'reply_too_large'), errorText('resolve_key', 'internal_error')]).toEqual([
      'reply_too_large',
      'resolve_failed',
    ]);
  });
});

function aPage(payload: string = 'hello'): ThreadMessagesReply {
  const row = {
    message_id: 'm1',
    thread_id: 't',
    parent_message_id: null,
    from_account_id: 'acct_1',
    to_account_id: null,
    from_session_tag: null,
    to_agent: 'acct_2',
    kind: 'direct',
    schema_version: '1.1',
    idempotency_key: null,
    trace_id: null,
    payload,
    sent_at: '2026-02-21T08:00:00Z',
    received_at: '2026-02-21T08:00:00Z',
    status: 'received',
    metadata: {},
  };
  return {
    thread_id: 't',
    limit: 50,
    cursor: null,
    next_cursor: null,
    generated_at: '2026-02-21T08:00:00Z',
    messages: [row],
  };
}
