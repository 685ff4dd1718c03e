import { type Message, type SentMessage, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import type { AgentNode } from '../../src/index.js';
import { aMessage } from '../harness/a-message.js';
import { useNetwork } from '../harness/network.js';

const network = useNetwork();

async function aRequester(): Promise<AgentNode> {
  const node = network.node({ agentId: 'asker', accountId: 'acct_asker' });
  await node.start();
  return node;
}

const replyTo = ({ message_id, trace_id, thread_id }: SentMessage, fields: Partial<Message> = {}): unknown =>
  aMessage({ kind: 'reply', parent_message_id: message_id, trace_id, thread_id, ...fields });

describe('requests', () => {
  it('given a peer that replies, when it is asked, then the reply comes back normalised and the request says so', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const asking = node.request({ to: 'acct_raw', payload: { q: 1 }, threadId: 'ops' });
    const { body, reply } = await inbox.next();
    network.peer.publish(reply, replyTo(body, { payload: { a: 2 }, idempotency_key: null }));
    expect(body).toMatchObject({ kind: 'request', to_account_id: 'acct_raw', thread_id: 'ops' });
    expect(reply.startsWith(`_INBOX.agentnet.${node.sessionTag}.`)).toBe(true);
    const answer = await asking;
    expect(answer).toMatchObject({
      kind: 'reply',
      payload: { a: 2 },
      thread_id: 'ops',
      parent_message_id: body.message_id,
    });
    expect(answer).not.toHaveProperty('idempotency_key');
  });

  it('given a handler on the other agent, when it is asked by name, account and capability, then it answers', async () => {
    const worker = network.node({
      agentId: 'worker',
      username: 'worker',
      accountId: 'acct_worker',
      capabilities: ['calc'],
    });
    worker.onMessage((message, { reply }) => reply({ echo: message.payload }));
    await worker.start();
    const node = await aRequester();
    expect((await node.request({ to: '@worker', payload: 1 })).payload).toEqual({ echo: 1 });
    expect((await node.requestAccount({ toAccountId: worker.accountId, payload: 2 })).payload).toEqual({ echo: 2 });
    expect((await node.requestUsername({ username: 'worker', payload: 3 })).payload).toEqual({ echo: 3 });
    expect((await node.requestCapability({ capability: 'calc', payload: 4 })).payload).toEqual({ echo: 4 });
  });

  it('given an error reply, when it comes, then its code is thrown; or it is returned where errors are not wanted', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const payload = { error: 'busy', detail: 'agent backlog is full', request_message_id: 'x', trace_id: 'x' };
    const failure = node.request({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    const first = await inbox.next();
    network.peer.publish(first.reply, replyTo(first.body, { kind: 'error', payload }));
    expect(await failure).toMatchObject({
      name: 'RemoteError',
      code: 'busy',
      detail: 'agent backlog is full',
      retryable: true,
    });
    const asking = node.request({ to: 'acct_raw', payload: 1, throwOnError: false });
    const second = await inbox.next();
    network.peer.publish(second.reply, replyTo(second.body, { kind: 'error', payload }));
    expect(await asking).toMatchObject({ kind: 'error', payload });
  });

  it('given an error code of the future, when it comes, then it is a remote_error that carries the code', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const failure = node.request({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    const { body, reply } = await inbox.next();
    const payload = { error: 'tired', detail: 'come back tomorrow', request_message_id: '', trace_id: '' };
    network.peer.publish(reply, replyTo(body, { kind: 'error', payload }));
    expect(await failure).toMatchObject({
      code: 'remote_error',
      remoteCode: 'tired',
      remoteDetail: 'come back tomorrow',
    });
  });

  it('given a payload with an error member in an ordinary reply, when it comes, then it is returned', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const asking = node.request({ to: 'acct_raw', payload: 1 });
    const { body, reply } = await inbox.next();
    network.peer.publish(reply, replyTo(body, { payload: { error: 'domain matter' } }));
    expect((await asking).payload).toEqual({ error: 'domain matter' });
  });

  it('given a second reply and one to a forgotten request, when they come, then they are ignored and the next request works', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const first = node.request({ to: 'acct_raw', payload: 1 });
    const seen = await inbox.next();
    network.peer.publish(seen.reply, replyTo(seen.body, { payload: 'one' }));
    network.peer.publish(seen.reply, replyTo(seen.body, { payload: 'two' }));
    expect((await first).payload).toBe('one');
    network.peer.publish(seen.reply, '{bad');
    const second = node.request({ to: 'acct_raw', payload: 2 });
    const next = await inbox.next();
    network.peer.publish(next.reply, replyTo(next.body, { payload: 'three' }));
    expect((await second).payload).toBe('three');
  });

  it('given a reply that is no message, when it comes, then the request fails with invalid_reply', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const failure = node.request({ to: 'acct_raw', payload: 1 }).catch((error: unknown) => error);
    network.peer.publish((await inbox.next()).reply, '[1]');
    expect(await failure).toMatchObject({ code: 'invalid_reply' });
  });

  it('given a receipt and then silence, when the time is up, then the request fails with request_timeout', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const failure = node.request({ to: 'acct_raw', payload: 1, timeoutMs: 500 }).catch((error: unknown) => error);
    network.peer.receipt((await inbox.next()).body);
    await node.registry.list();
    network.clock.advance(60);
    await node.registry.list();
    network.clock.advance(440);
    expect(await failure).toMatchObject({ code: 'request_timeout' });
  });

  it('given an aborted signal, when it waits, then it fails as cancelled', async () => {
    const inbox = await network.peer.inbox();
    const node = await aRequester();
    const caller = new AbortController();
    const failure = node
      .request({ to: 'acct_raw', payload: 1, signal: caller.signal })
      .catch((error: unknown) => error);
    await inbox.next();
    caller.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
  });
});

describe('absent recipients', () => {
  it('given nobody subscribed at all, when an account is asked, then it fails as recipient_offline at once', async () => {
    const node = await aRequester();
    await expect(node.request({ to: 'acct_nobody', payload: 1 })).rejects.toMatchObject({ code: 'recipient_offline' });
    await expect(node.requestCapability({ capability: 'nothing', payload: 1 })).rejects.toMatchObject({
      code: 'recipient_offline',
    });
  });

  for (const [what, ask] of [
    ['account', (node: AgentNode) => node.request({ to: 'acct_nobody', payload: 1 })],
    ['capability', (node: AgentNode) => node.requestCapability({ capability: 'nothing', payload: 1 })],
  ] as const) {
    it(`given a recorder that hides an absent ${what}, when it is asked, then the registry's presence decides`, async () => {
      const recorder = await network.peer.tap<SentMessage>('*.*.*');
      const node = await aRequester();
      const failure = ask(node).catch((error: unknown) => error);
      await recorder.next();
      network.clock.advance(60);
      expect(await failure).toMatchObject({ code: 'recipient_offline' });
    });
  }

  it('given a session that is online but slow and sends no receipts, when it is asked, then the request keeps waiting', async () => {
    network.registry.addAccount('slow', 'acct_slow');
    network.registry.online.set('registry_slow', 'acct_slow');
    const inbox = await network.peer.inbox('acct_slow');
    const profiles = await network.peer.tap(subjects.registryProfile);
    const node = await aRequester();
    const asking = node.request({ to: 'acct_slow', payload: 1 });
    const { body, reply } = await inbox.next();
    network.clock.advance(60);
    await profiles.next();
    await node.registry.list();
    network.peer.publish(reply, replyTo(body, { payload: 'late' }));
    expect((await asking).payload).toBe('late');
  });
});
