import { limits, type SentMessage, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import type { AgentNode, AgentNodeOptions, SendOptions } from '../../src/index.js';
import { useNetwork } from '../harness/network.js';
import type { Seen, Tap } from '../harness/raw-peer.js';

const network = useNetwork();

async function aSender(options: Partial<AgentNodeOptions> = {}): Promise<{ node: AgentNode; inbox: Tap<SentMessage> }> {
  const inbox = await network.peer.inbox();
  const node = network.node({ agentId: 'sender', accountId: 'acct_sender', ...options });
  await node.start();
  return { node, inbox };
}

/** Sends and answers the first copy. */
async function sendAndSee(
  { node, inbox }: { node: AgentNode; inbox: Tap<SentMessage> },
  options: Partial<SendOptions> = {},
): Promise<Seen<SentMessage>> {
  const sending = node.send({ to: 'acct_raw', payload: { text: 'yo' }, ...options });
  const seen = await inbox.next();
  network.peer.receipt(seen.body);
  await sending;
  return seen;
}

describe('the envelope', () => {
  it('given a payload alone, when it is sent, then the envelope has every required field, no null, and consistent times', async () => {
    const sender = await aSender();
    const { body } = await sendAndSee(sender);
    expect(body).toEqual({
      message_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      from_agent: 'sender',
      from_account_id: 'acct_sender',
      from_session_tag: sender.node.sessionTag,
      to_agent: 'acct_raw',
      to_account_id: 'acct_raw',
      payload: { text: 'yo' },
      sent_at: new Date(network.clock.now()).toISOString(),
      ttl_ms: 30_000,
      expires_at: new Date(network.clock.now() + 30_000).toISOString(),
      trace_id: body.message_id,
      thread_id: `thread_${body.message_id}`,
      kind: 'direct',
      schema_version: '1.1',
    });
  });

  it('given every option, when it is sent, then the envelope carries them', async () => {
    const { body } = await sendAndSee(await aSender(), {
      threadId: 'ops_1',
      parentMessageId: 'p',
      traceId: 'TRACE',
      ttlMs: 5,
      idempotencyKey: ' key ',
      kind: 'system',
    });
    expect(body).toMatchObject({
      thread_id: 'ops_1',
      parent_message_id: 'p',
      trace_id: 'TRACE',
      ttl_ms: 5,
      idempotency_key: 'key',
      kind: 'system',
    });
  });

  it('given a trace in capitals and no thread, when it is sent, then the thread is named after it in lower case', async () => {
    expect((await sendAndSee(await aSender(), { traceId: 'TRACE' })).body.thread_id).toBe('thread_trace');
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const deep = Array.from({ length: limits.jsonMaxDepth + 1 }).reduce<unknown>((inner) => [inner], 1);
  for (const [what, payload] of [
    ['NaN', { x: Number.NaN }],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['a bigint', 1n],
    ['a cycle', cycle],
    ['undefined', undefined],
    ['U+0000', { text: 'a\0b' }],
    ['U+0000 in a key', { 'a\0b': 1 }],
    ['a lone surrogate', ['\ud800']],
    ['nesting beyond what receivers read', deep],
  ] as const) {
    it(`given a payload with ${what}, when it is sent, then it is refused as invalid_payload`, async () => {
      const { node } = await aSender();
      await expect(node.send({ to: 'acct_raw', payload })).rejects.toMatchObject({ code: 'invalid_payload' });
    });
  }

  it('given a payload that only looks suspicious, when it is sent, then it arrives unchanged', async () => {
    const payload = { path: 'C:\\ud800\\u0000', ok: 'grün 😀', nothing: null };
    expect((await sendAndSee(await aSender(), { payload })).body.payload).toEqual(payload);
  });

  it('given a payload over the limit, when it is sent, then it is refused as message_too_large', async () => {
    const { node } = await aSender();
    await expect(node.send({ to: 'acct_raw', payload: 'x'.repeat(limits.messageMaxBytes) })).rejects.toMatchObject({
      code: 'message_too_large',
    });
  });

  for (const [option, value] of [
    ['ttlMs', 0],
    ['ttlMs', 1.5],
    ['threadId', 'x'.repeat(300)],
    ['idempotencyKey', ' '],
    ['kind', 'shout'],
    ['retryAttempts', -1],
    ['receiptTimeoutMs', 1],
    ['retries', 3],
  ] as const) {
    it(`given ${option} ${JSON.stringify(value).slice(0, 20)}, when it is sent, then it is refused with the option's name`, async () => {
      const { node } = await aSender();
      const sending = node.send({ to: 'acct_raw', payload: 1, [option]: value });
      await expect(sending).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringContaining(option) });
    });
  }
});

describe('targets', () => {
  for (const to of [
    'account:acct_raw',
    'ACCOUNT:acct_raw',
    'acct_raw',
    ' acct_raw ',
    '@bob',
    'username:bob',
    'bob',
    '@@Bob',
  ]) {
    it(`given ${JSON.stringify(to)}, when it is sent, then it reaches the account's inbox`, async () => {
      network.registry.addAccount('bob', 'acct_raw');
      const { body } = await sendAndSee(await aSender(), { to } as never);
      expect(body.to_account_id).toBe('acct_raw');
    });
  }

  for (const to of ['account:a.b', 'acct_*', 'account:', '', '@', 'capability:calc', 'account:x y']) {
    it(`given ${JSON.stringify(to)}, when it is sent, then it is refused as invalid_target`, async () => {
      const { node } = await aSender();
      await expect(node.send({ to, payload: 1 })).rejects.toMatchObject({ code: 'invalid_target' });
    });
  }

  it('given an unknown name, when it is sent, then it fails with not_found and nothing reaches any inbox', async () => {
    const { node } = await aSender();
    const inboxes = await network.peer.tap<SentMessage>(subjects.accountInbox('acct_raw'));
    await expect(node.send({ to: '@ghost', payload: 1 })).rejects.toMatchObject({
      code: 'not_found',
      name: 'RemoteError',
    });
    void node.send({ to: 'acct_raw', payload: 'marker', requireDeliveryAck: false });
    expect((await inboxes.next()).body.payload).toBe('marker');
  });

  it('given a resolved name, when it is used again within a minute, then the registry is asked once [send.target.cache]', async () => {
    network.registry.addAccount('carol', 'acct_raw');
    const { node } = await aSender();
    for (let index = 0; index < 3; index++) expect(await node.resolveUsername('@Carol')).toBe('acct_raw');
    expect(network.registry.resolved.filter((name) => name === 'carol')).toHaveLength(1);
    network.clock.advance(60_000);
    await node.resolveUsername('carol');
    expect(network.registry.resolved.filter((name) => name === 'carol')).toHaveLength(2);
    expect(node.metricsSnapshot().username_cache).toEqual({ ttl_seconds: 60, size: 1, hits: 2, misses: 2 });
  });

  it('given a capability, when it is sent, then the envelope names it and no account', async () => {
    const { node } = await aSender();
    const tap = await network.peer.tap<SentMessage>('agent.capability.>');
    const sending = node.sendToCapability({ capability: 'mesh.calc', payload: 1 });
    const { subject, body } = await tap.next();
    network.peer.receipt(body);
    await sending;
    expect(subject).toBe('agent.capability.mesh.calc');
    expect(body.to_agent).toBe('capability:mesh.calc');
    expect(body).not.toHaveProperty('to_account_id');
  });
});

describe('receipts', () => {
  it('given a silent receiver, when it is sent, then identical bytes go out three times and delivery_ack_timeout follows', async () => {
    const { node, inbox } = await aSender();
    const failure = node.send({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    const texts = [(await inbox.next()).text];
    for (const [silence, pause] of [
      [1_500, 100],
      [1_500, 200],
    ] as const) {
      network.clock.advance(silence);
      await network.peer.flush();
      network.clock.advance(pause);
      texts.push((await inbox.next()).text);
    }
    network.clock.advance(1_500);
    const { message_id } = JSON.parse(texts[0] ?? '') as SentMessage;
    expect(new Set(texts).size).toBe(1);
    expect(await failure).toMatchObject({
      code: 'delivery_ack_timeout',
      detail: `delivery_ack_timeout message_id=${message_id} attempts=3`,
    });
    expect(node.metricsSnapshot()).toMatchObject({ retry_count: 2, receipt_timeout_count: 3 });
  });

  it('given a receipt for the second copy, when it is sent, then it succeeds after two publishes', async () => {
    const { node, inbox } = await aSender();
    const sending = node.send({ to: 'acct_raw', payload: 1 });
    await inbox.next();
    network.clock.advance(1_500);
    await network.peer.flush();
    network.clock.advance(100);
    network.peer.receipt((await inbox.next()).body);
    expect(await sending).toMatchObject({ attempts: 2, receipt: { status: 'accepted' } });
  });

  for (const [what, fields] of [
    ['accepted in capitals with spaces', { status: ' ACCEPTED ' }],
    ['processed', { status: 'processed' }],
    ['rejected as duplicate', { status: 'rejected', code: 'Duplicate' }],
  ] as const) {
    it(`given a receipt ${what}, when it is sent, then it succeeds`, async () => {
      const { node, inbox } = await aSender();
      const sending = node.send({ to: 'acct_raw', payload: 1 });
      network.peer.receipt((await inbox.next()).body, fields);
      expect(await sending).toMatchObject({ attempts: 1 });
    });
  }

  it('given a receipt rejected as busy, when it is sent, then it fails at once with code and detail after one publish', async () => {
    const { node, inbox } = await aSender();
    const failure = node.send({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    network.peer.receipt((await inbox.next()).body, {
      status: 'rejected',
      code: 'busy',
      detail: 'agent backlog is full',
    });
    expect(await failure).toMatchObject({
      name: 'RemoteError',
      code: 'delivery_rejected',
      detail: 'delivery_rejected busy: agent backlog is full',
      remoteCode: 'busy',
      remoteDetail: 'agent backlog is full',
      retryable: true,
    });
  });

  it('given malformed receipts, foreign ids and unknown statuses, when a usable one follows, then it counts', async () => {
    const { node, inbox } = await aSender();
    const sending = node.send({ to: 'acct_raw', payload: 1 });
    const { body } = await inbox.next();
    const subject = subjects.accountReceipts('acct_sender');
    for (const junk of [
      '{bad',
      '[]',
      '""',
      '',
      { message_id: 7, status: 'accepted' },
      { message_id: 'other', status: 'rejected' },
    ]) {
      network.peer.publish(subject, junk);
    }
    network.peer.receipt(body, { status: 'teleported' });
    network.peer.receipt(body);
    expect(await sending).toMatchObject({ attempts: 1, receipt: { status: 'accepted' } });
  });

  it('given only receipts of unknown status, when the attempts are used up, then it fails with delivery_ack_unusable', async () => {
    const { node, inbox } = await aSender();
    const failure = node.send({ to: 'acct_raw', payload: 1, retryAttempts: 0 }).catch((error: unknown) => error);
    const { body } = await inbox.next();
    network.peer.receipt(body, { status: 'teleported' });
    // The echo comes after the receipt on the sender's connection, so the receipt has been seen when it is answered.
    await node.registry.list();
    network.clock.advance(1_500);
    expect(await failure).toMatchObject({
      code: 'delivery_ack_unusable',
      detail: `delivery_ack_unusable status=teleported message_id=${body.message_id}`,
    });
  });

  it('given two sessions of one account, when one sends 40 messages, then every receipt reaches it without a retry', async () => {
    const { node, inbox } = await aSender();
    await network.node({ agentId: 'sender', accountId: 'acct_sender' }).start();
    const sendings = Array.from({ length: 40 }, (_, index) => node.send({ to: 'acct_raw', payload: index }));
    for (const { body } of await inbox.take(40)) network.peer.receipt(body);
    expect((await Promise.all(sendings)).every(({ attempts }) => attempts === 1)).toBe(true);
  });

  it('given no wish for a receipt, when it is sent, then it returns without one', async () => {
    const { node } = await aSender();
    const delivery = await node.send({ to: 'acct_raw', payload: 1, requireDeliveryAck: false });
    expect(delivery).not.toHaveProperty('receipt');
  });

  it('given an aborted signal, when it waits, then it fails as cancelled', async () => {
    const { node, inbox } = await aSender();
    const caller = new AbortController();
    const failure = node.send({ to: 'acct_raw', payload: 1, signal: caller.signal }).catch((error: unknown) => error);
    await inbox.next();
    caller.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
  });
});
