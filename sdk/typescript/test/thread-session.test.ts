import { limits, type SentMessage } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import { type AgentNode, ThreadSession } from '../src/index.js';
import { aMessage } from './harness/a-message.js';
import { useNetwork } from './harness/network.js';

const network = useNetwork();

async function anAsker(): Promise<AgentNode> {
  const node = network.node({ agentId: 'asker', accountId: 'acct_asker' });
  await node.start();
  return node;
}

/** What the raw peer answers the one request with. */
async function answered(fields: Partial<SentMessage>, body: unknown = aMessage({ kind: 'reply', ...fields })) {
  const node = await anAsker();
  const inbox = await network.peer.inbox();
  const result = new ThreadSession(node, 'ops_1').askText('acct_raw', 'hello').catch((error: unknown) => error);
  const request = await inbox.next();
  const { message_id, thread_id } = request.body;
  const reply = typeof body === 'object' ? { ...body, parent_message_id: message_id, thread_id } : body;
  network.peer.publish(request.reply, reply);
  return { request: request.body, result: await result };
}

describe('asking in a thread', () => {
  it('given a question, when it goes out, then it is a request with text and thread', async () => {
    const { request } = await answered({ payload: 'fine' });
    expect(request).toMatchObject({ kind: 'request', payload: { text: 'hello' }, thread_id: 'ops_1' });
  });

  for (const [payload, text] of [
    ['fine', 'fine'],
    [{ text: 'fine', more: 1 }, 'fine'],
    [{ text: 7 }, '{"text":7}'],
    [[1, 2], '[1,2]'],
    [null, 'null'],
    ['', ''],
  ] as const) {
    it(`given the answer ${JSON.stringify(payload)}, when it comes, then its text is ${JSON.stringify(text)}`, async () => {
      const { result, request } = await answered({ payload: payload as SentMessage['payload'] });
      expect(result).toMatchObject({ text, payload, threadId: 'ops_1', requestId: request.message_id });
    });
  }

  for (const [wire, code] of [
    ['busy', 'busy'],
    ['shutting_down', 'busy'],
    ['missing_ttl', 'expired'],
    ['expired', 'expired'],
    ['rate_limited', 'rate_limited'],
    ['timeout', 'timeout'],
    ['service_degraded', 'service_degraded'],
    ['duplicate', 'duplicate'],
    ['melted', 'remote_error'],
  ] as const) {
    it(`given the error reply ${wire}, when it comes, then the error's code is ${code} and its remote code ${wire}`, async () => {
      const payload = { error: wire, detail: 'why', request_message_id: 'm', trace_id: 't' };
      const { result } = await answered({ kind: 'error', payload });
      expect(result).toMatchObject({ name: 'RemoteError', code, remoteCode: wire, remoteDetail: 'why' });
    });
  }

  it('given an ordinary reply with a member error, when it comes, then it is an answer like any other', async () => {
    const { result } = await answered({ payload: { error: 'none found' } });
    expect(result).toMatchObject({ payload: { error: 'none found' } });
  });

  it('given a reply that is no message, when it comes, then it fails as invalid_reply', async () => {
    const { result } = await answered({}, '[]');
    expect(result).toMatchObject({ code: 'invalid_reply' });
  });

  it('given silence, when a minute has passed, then it fails as request_timeout and not before', async () => {
    const node = await anAsker();
    const inbox = await network.peer.inbox();
    let isOver = false;
    const failure = new ThreadSession(node).askJson('acct_raw', { q: 1 }).catch((error: unknown) => {
      isOver = true;
      return error;
    });
    const { body } = await inbox.next();
    network.peer.receipt(body);
    await network.peer.flush();
    await node.registry.list();
    // The wait has two parts: a short silence, then the rest.
    network.clock.advance(limits.presenceProbeDelayMs);
    await node.registry.list();
    network.clock.advance(limits.askTimeoutMs - limits.presenceProbeDelayMs - 1);
    await node.registry.list();
    expect(isOver).toBe(false);
    network.clock.advance(1);
    expect(await failure).toMatchObject({ code: 'request_timeout' });
  });
});

describe('a new thread', () => {
  it('given no id, when threads are made, then each has its own and later ones do not sort before', async () => {
    const node = network.node();
    const ids = Array.from({ length: 50 }, () => new ThreadSession(node).id);
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^thread_sdk_[0-9a-hjkmnp-tv-z]{26}$/);
    const times = ids.map((id) => id.slice(0, 'thread_sdk_'.length + 10));
    expect(times).toEqual(times.toSorted());
  });
});
