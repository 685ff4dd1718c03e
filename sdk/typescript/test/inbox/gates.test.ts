import { readFileSync } from 'node:fs';
import { type ErrorPayload, limits, type SentMessage, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import type { AgentNodeOptions, ReceivedMessage } from '../../src/index.js';
import { aMessage } from '../harness/a-message.js';
import { FakeClock } from '../harness/fake-clock.js';
import { useNetwork } from '../harness/network.js';

interface Row {
  readonly id?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly schema_version?: unknown;
  readonly result: string;
}
const golden = JSON.parse(readFileSync(new URL('../golden/ttl-and-schema.json', import.meta.url), 'utf8')) as {
  now: string;
  ttl: Row[];
  schema_version: Row[];
};

/** Rows that differ on purpose: wrong JSON types are refused instead of converted, and an overflow is answered instead of dropped. */
const deliberate: Readonly<Record<string, string>> = {
  'ttl-string': 'bad_message',
  'ttl-bool': 'bad_message',
  'ttl-huge': 'ok',
};

const network = useNetwork();
const inbox = subjects.accountInbox('acct_sut');

async function aReceiver(options: Partial<AgentNodeOptions> = {}): Promise<ReceivedMessage[]> {
  const handled: ReceivedMessage[] = [];
  const node = network.node(options);
  node.onMessage((message) => void handled.push(message));
  await node.start();
  return handled;
}

/** Publishes as a request; returns the final receipt and, when that is a refusal, the error reply. */
async function ask(
  message: unknown,
): Promise<{ code: string; receipt: { code?: string; detail?: string }; error?: ErrorPayload }> {
  const receipts = await network.peer.receipts();
  const replies = await network.peer.tap<SentMessage>('_INBOX.raw.*');
  network.peer.publish(inbox, message, '_INBOX.raw.1');
  let { body: receipt } = await receipts.next();
  while (receipt.status === 'accepted') receipt = (await receipts.next()).body;
  receipts.end();
  if (receipt.status !== 'rejected') return { code: 'ok', receipt };
  const { body: reply } = await replies.next();
  replies.end();
  expect(reply.kind).toBe('error');
  return { code: receipt.code ?? '', receipt, error: reply.payload as unknown as ErrorPayload };
}

describe('rule inbox.ttl.table', () => {
  for (const { id = '', fields = {}, result } of golden.ttl) {
    const expected = deliberate[id] ?? result;
    it(`given ${id} ${JSON.stringify(fields)}, when it arrives, then the verdict is ${expected}`, async () => {
      network.clock = new FakeClock(Date.parse(golden.now));
      await aReceiver();
      const { sent_at, ttl_ms, expires_at, ...rest } = aMessage();
      const { code, receipt, error } = await ask({ ...rest, ...fields });
      expect(code).toBe(expected);
      if (expected === 'expired' || expected === 'missing_ttl') {
        expect(receipt.detail).toBe('message ttl invalid or expired');
        expect(error).toMatchObject({ error: expected, detail: receipt.detail, request_message_id: rest.message_id });
      }
    });
  }
});

describe('rule inbox.schema-version.table', () => {
  for (const { schema_version, result } of golden.schema_version) {
    const expected = schema_version === true ? 'bad_message' : result;
    it(`given schema_version ${JSON.stringify(schema_version)}, when it arrives, then the verdict is ${expected}`, async () => {
      await aReceiver();
      expect((await ask(aMessage({ schema_version }))).code).toBe(expected);
    });
  }
});

describe('order of the gates', () => {
  it('given a message that is expired and of a foreign schema, when it arrives, then the schema is refused', async () => {
    await aReceiver();
    const old = aMessage({ schema_version: '9' }, Date.now() - 60_000);
    expect((await ask(old)).code).toBe('unsupported_schema_version');
  });

  it('given a handled message whose deadline has passed, when it arrives again, then it is expired, not duplicate', async () => {
    await aReceiver();
    const message = aMessage();
    expect((await ask(message)).code).toBe('ok');
    network.clock.advance(31_000);
    expect((await ask(message)).code).toBe('expired');
  });

  it('given one delivered message, when it is sent 14 times more, then it is only ever a duplicate', async () => {
    const handled = await aReceiver();
    const receipts = await network.peer.receipts();
    const message = aMessage();
    for (let copy = 0; copy < 15; copy++) network.peer.publish(inbox, message);
    const codes = (await receipts.take(16)).map(({ body }) => body.code ?? body.status);
    expect(codes.filter((code) => code === 'duplicate')).toHaveLength(14);
    expect(codes).not.toContain('rate_limited');
    expect(handled).toHaveLength(1);
  });
});

describe('duplicates', () => {
  it('given an accepted message, when its id comes again, then it is refused with the text for ids and handled once', async () => {
    const handled = await aReceiver();
    const message = aMessage();
    await ask(message);
    expect((await ask(message)).receipt).toMatchObject({
      code: 'duplicate',
      detail: 'message_id has already been processed',
    });
    expect(handled).toHaveLength(1);
  });

  it('given an accepted key, when the same sender uses it again, then it is refused with the text for keys', async () => {
    await aReceiver();
    await ask(aMessage({ idempotency_key: 'order_1' }));
    const second = await ask(aMessage({ idempotency_key: 'order_1' }));
    expect(second.receipt).toMatchObject({ code: 'duplicate', detail: 'idempotency_key has already been processed' });
  });

  it('given an accepted key, when it comes with another payload, then it is refused as reused', async () => {
    await aReceiver();
    await ask(aMessage({ idempotency_key: 'order_1', payload: { charge: 1 } }));
    expect((await ask(aMessage({ idempotency_key: 'order_1', payload: { charge: 999 } }))).code).toBe(
      'idempotency_key_reused',
    );
  });

  it('given an accepted key, when another sender uses it, then that message is handled', async () => {
    const handled = await aReceiver();
    await ask(aMessage({ idempotency_key: 'order_1' }));
    const receipts = await network.peer.receipts('acct_other');
    network.peer.publish(inbox, aMessage({ idempotency_key: 'order_1', from_account_id: 'acct_other' }));
    expect((await receipts.next()).body.status).toBe('accepted');
    await receipts.next();
    expect(handled).toHaveLength(2);
  });

  it('given an accepted message, when the memory has run out, then the id is handled again', async () => {
    const handled = await aReceiver({ inbox: { dedupeTtlMs: 1_000 } });
    const message = aMessage();
    await ask(message);
    network.clock.advance(1_001);
    expect((await ask(message)).code).toBe('ok');
    expect(handled).toHaveLength(2);
  });
});

describe('rate limit', () => {
  it('given default limits, when 13 messages come at once, then 10 are accepted; and a second later 5 more', async () => {
    await aReceiver();
    const receipts = await network.peer.receipts();
    const burst = async (count: number) => {
      for (let index = 0; index < count; index++) network.peer.publish(inbox, aMessage());
      const answers: string[] = [];
      let open = count;
      while (open > 0) {
        const { body } = await receipts.next();
        if (body.status === 'accepted') answers.push('accepted');
        else open--;
        if (body.code !== undefined) answers.push(body.code);
      }
      return answers;
    };
    const first = await burst(13);
    expect(first.filter((answer) => answer === 'accepted')).toHaveLength(10);
    expect(first.filter((answer) => answer === 'rate_limited')).toHaveLength(3);
    network.clock.advance(1_000);
    expect((await burst(8)).filter((answer) => answer === 'accepted')).toHaveLength(5);
  });

  it('given a sender that makes up session tags, when it exceeds the burst, then it is limited all the same', async () => {
    await aReceiver();
    const receipts = await network.peer.receipts();
    for (let index = 0; index < 11; index++)
      network.peer.publish(inbox, aMessage({ from_session_tag: `made_up_${index}` }));
    const codes = (await receipts.take(21)).map(({ body }) => body.code);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(1);
  });
});

describe('size', () => {
  const sized = (bytes: number): SentMessage => {
    const message = aMessage({ payload: '' });
    const rest = Buffer.byteLength(JSON.stringify(message));
    return { ...message, payload: 'x'.repeat(bytes - rest) };
  };

  it('given a body of exactly the limit, when it arrives, then it is handled', async () => {
    const handled = await aReceiver();
    expect((await ask(sized(limits.messageMaxBytes))).code).toBe('ok');
    expect(handled).toHaveLength(1);
  });

  it('given one byte more, when it arrives, then receipt and error reply name the limit and nothing is handled', async () => {
    const handled = await aReceiver();
    const { code, error } = await ask(sized(limits.messageMaxBytes + 1));
    expect(code).toBe('payload_too_large');
    expect(error).toMatchObject({ error: 'payload_too_large', detail: 'message exceeds max_payload_bytes' });
    expect(handled).toHaveLength(0);
  });
});

describe('bodies', () => {
  it('given an empty body with a reply subject, when it arrives, then there is an error reply without id and no receipt', async () => {
    await aReceiver();
    const everything = await network.peer.tap<SentMessage>('>');
    network.peer.publish(inbox, '', '_INBOX.raw.empty');
    await everything.nextRaw();
    const { subject, body } = await everything.next();
    expect(subject).toBe('_INBOX.raw.empty');
    expect(body).toMatchObject({ kind: 'error', payload: { error: 'missing_ttl', request_message_id: '' } });
    network.peer.publish('marker', '{}');
    expect((await everything.next()).subject).toBe('marker');
  });

  for (const [what, body] of [
    ['broken JSON', '{bad'],
    ['bytes that are not UTF-8', new Uint8Array([0xff, 0xfe])],
    ['a list', '[1]'],
  ] as const) {
    it(`given ${what} with a reply subject, when it arrives, then there is an error reply`, async () => {
      await aReceiver();
      const replies = await network.peer.tap<SentMessage>('_INBOX.raw.*');
      network.peer.publish(inbox, body, '_INBOX.raw.1');
      expect((await replies.next()).body.payload).toMatchObject({
        error: 'bad_message',
        detail: 'message is malformed',
      });
    });
  }

  it('given a field of the wrong type, when it arrives, then the sender it names gets a receipt', async () => {
    const handled = await aReceiver();
    expect((await ask(aMessage({ trace_id: 7 }))).code).toBe('bad_message');
    expect(handled).toHaveLength(0);
  });

  it('given null and empty optional fields, unknown keys, raw UTF-8 and microseconds, when it arrives, then it is handled', async () => {
    const handled = await aReceiver();
    const tolerant = {
      trace_id: null,
      thread_id: '',
      parent_message_id: null,
      idempotency_key: null,
      auth: 'none',
      unknown: [1],
      payload: 'Grüße 日本',
      sent_at: new Date().toISOString().replace(/Z$/, '456Z'),
      expires_at: null,
    };
    const message = aMessage(tolerant);
    await ask(message);
    expect(handled).toHaveLength(1);
    expect(handled[0]).toMatchObject({ payload: 'Grüße 日本', thread_id: `thread_${message.message_id}` });
    expect(handled[0]).not.toHaveProperty('trace_id');
    expect(handled[0]).not.toHaveProperty('idempotency_key');
    expect(handled[0]).not.toHaveProperty('auth');
  });

  it('given a reply_to in the body only, when the message is refused, then nothing is published there', async () => {
    await aReceiver();
    const everything = await network.peer.tap<SentMessage>('>');
    network.peer.publish(inbox, aMessage({ reply_to: 'x.y', ttl_ms: 1, expires_at: '2020-01-01T00:00:00Z' }));
    await everything.nextRaw();
    expect((await everything.next()).subject).toBe(subjects.accountReceipts('acct_raw'));
    network.peer.publish('marker', '{}');
    expect((await everything.next()).subject).toBe('marker');
  });

  it('given a NATS reply subject that is no inbox, when the message is refused, then nothing is published there', async () => {
    await aReceiver();
    const everything = await network.peer.tap<SentMessage>('>');
    network.peer.publish(inbox, aMessage({ schema_version: '9' }), subjects.accountInbox('acct_victim'));
    await everything.nextRaw();
    expect((await everything.next()).subject).toBe(subjects.accountReceipts('acct_raw'));
    network.peer.publish('marker', '{}');
    expect((await everything.next()).subject).toBe('marker');
  });

  for (const hostile of ['x b', 'x\r\nPUB pwned 5\r\nhello\r\n', '*', '>', 'a.b']) {
    it(`given the sender id ${JSON.stringify(hostile)}, when it arrives, then nothing is published and the agent lives on`, async () => {
      const handled = await aReceiver();
      const everything = await network.peer.tap<SentMessage>('>');
      network.peer.publish(inbox, aMessage({ from_account_id: hostile }));
      network.peer.publish(inbox, aMessage());
      await everything.nextRaw();
      await everything.nextRaw();
      const { subject, body } = await everything.next();
      expect(subject).toBe(subjects.accountReceipts('acct_raw'));
      expect(body).toMatchObject({ status: 'accepted' });
      expect(handled).toHaveLength(1);
    });
  }
});
