import { databases } from '@agentnet/contract-tests/harness/databases';
import { eventually } from '@agentnet/contract-tests/harness/eventually';
import { uniqueName } from '@agentnet/contract-tests/harness/message-builder';
import { useNetwork } from '@agentnet/contract-tests/harness/network';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentSDK, type MessageHandler, type MessageQuery } from '../src/index.js';

const [pglite] = databases();
if (!pglite) throw new Error('there is no embedded database to test on');
const network = useNetwork(pglite);
const opened: AgentSDK[] = [];
let oracle: AgentSDK;
let asker: AgentSDK;
const capability = 'oracle.say';

/** Answers `{ text }` in capitals; fails on `fail`. */
const answer: MessageHandler = ({ payload, reply_to }, { reply }) => {
  const { text } = payload as { text: string };
  if (text === 'fail') throw new Error('a secret');
  if (reply_to !== undefined) return reply({ text: text.toUpperCase(), asked: payload });
};

async function allOf<T>(walk: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of walk) all.push(one);
  return all;
}

async function anAgent(
  role: string,
  { handler, offers = [] as string[] }: { handler?: MessageHandler; offers?: string[] } = {},
) {
  const agentId = uniqueName(role);
  const sdk = new AgentSDK({ agentId, capabilities: offers, natsUrl: network().nats.url, onError: () => undefined });
  if (handler) sdk.onMessage(handler);
  await sdk.start();
  opened.push(sdk);
  return sdk;
}

beforeEach(async () => {
  oracle = await anAgent('oracle', { handler: answer, offers: [capability] });
  asker = await anAgent('asker');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((sdk) => sdk.close()));
});

describe('finding others', () => {
  it('given two agents, when one lists who is online, then both are there', async () => {
    const usernames = (await asker.listOnline()).map(({ username }) => username);
    expect(usernames).toEqual(expect.arrayContaining([oracle.node.username, asker.node.username]));
  });

  it.each([
    '@name',
    'bare name',
    'account id',
    'account:<id>',
  ])('given a %s, when its profile is wanted, then it comes', async (form) => {
    const { accountId, username } = oracle.node;
    const target =
      { '@name': `@${username}`, 'bare name': username, 'account id': accountId }[form] ?? `account:${accountId}`;
    expect(await asker.getProfile(target)).toMatchObject({ account_id: accountId, username, online: true });
  });

  it('given an unknown name, when its profile is wanted, then it fails with not_found', async () => {
    await expect(asker.getProfile('@nobody_here')).rejects.toMatchObject({ name: 'RemoteError', code: 'not_found' });
  });

  it('given a capability, when agents are searched, then one page names who offers it', async () => {
    const { results } = await asker.search({ capability, onlineOnly: true });
    expect(results.map(({ username }) => username)).toContain(oracle.node.username);
  });

  it('given pages of one row, when the search is walked, then every page comes and no row twice [rpc.cursor.opaque]', async () => {
    const names: string[] = [];
    for await (const { results } of asker.search({ onlineOnly: true, limit: 1 })) {
      expect(results.length).toBeLessThanOrEqual(1);
      names.push(...results.map(({ username }) => username));
    }
    expect(names).toEqual(expect.arrayContaining([oracle.node.username, asker.node.username]));
    expect(new Set(names).size).toBe(names.length);
  });

  it('given any form of target, when it is resolved, then it leads to an account or a capability', async () => {
    const { accountId, username } = oracle.node;
    expect(await asker.resolveTarget(`@${username}`)).toEqual({ accountId });
    expect(await asker.resolveTarget(accountId)).toEqual({ accountId });
    expect(await asker.resolveTarget(`Capability:${capability}`)).toEqual({ capability });
    await expect(asker.resolveTarget('capability:a..b')).rejects.toMatchObject({ code: 'invalid_target' });
  });
});

describe('asking', () => {
  it('given a text, when it is asked, then the answer has text, payload, ids and who answered', async () => {
    const result = await asker.askText(`@${oracle.node.username}`, 'hello', { threadId: 'ops_1' });
    expect(result).toMatchObject({
      text: 'HELLO',
      payload: { text: 'HELLO', asked: { text: 'hello' } },
      threadId: 'ops_1',
      messageId: expect.stringMatching(/^[0-9a-f]{32}$/),
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      from: { accountId: oracle.node.accountId, sessionTag: oracle.node.sessionTag },
    });
    expect(result.message.kind).toBe('reply');
  });

  it('given JSON and a capability, when it is asked, then one who offers it answers', async () => {
    const { payload } = await asker.askJson(`capability:${capability}`, { text: 'hi', depth: 2 });
    expect(payload).toEqual({ text: 'HI', asked: { text: 'hi', depth: 2 } });
  });

  it('given a handler that fails, when it is asked, then the error has the code and not the text', async () => {
    const failure = asker.askText(oracle.node.accountId, 'fail');
    await expect(failure).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'handler_error',
      remoteCode: 'handler_error',
    });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  it('given nobody with a capability, when it is asked, then it fails as recipient_offline before its time is up', async () => {
    await expect(asker.askText('capability:nobody.offers', 'hi')).rejects.toMatchObject({ code: 'recipient_offline' });
  });
});

describe('sending', () => {
  it('given a handler that succeeds, when it is sent until processed, then the receipt says so', async () => {
    const { receipt } = await asker.sendText(`@${oracle.node.username}`, 'hello', { until: 'processed' });
    expect(receipt).toMatchObject({ status: 'processed', from_account_id: oracle.node.accountId });
  });

  it('given a handler that fails, when it is sent until processed, then it is rejected as handler_error', async () => {
    const failure = asker.sendJson(`capability:${capability}`, { text: 'fail' }, { until: 'processed' });
    await expect(failure).rejects.toMatchObject({ code: 'delivery_rejected', remoteCode: 'handler_error' });
  });

  it('given a handler that fails, when it is sent plainly, then accepted is all that is claimed', async () => {
    const { receipt } = await asker.sendText(oracle.node.accountId, 'fail');
    expect(receipt?.status).toBe('accepted');
  });

  it('given a request, when it is answered through the SDK, then the reply arrives', async () => {
    const other = new AgentSDK({ agentId: uniqueName('other'), natsUrl: network().nats.url });
    other.onMessage((message) => other.reply(message, 'plain text'));
    await other.start();
    opened.push(other);
    expect((await asker.askText(other.node.accountId, 'hi')).text).toBe('plain text');
  });
});

describe('threads', () => {
  it('given a thread, when it asks and sends, then its messages and status can be read back', async () => {
    const thread = asker.thread();
    expect(thread.id).toMatch(/^thread_sdk_[0-9a-hjkmnp-tv-z]{26}$/);
    const target = `@${oracle.node.username}`;
    expect((await thread.askText(target, 'one')).threadId).toBe(thread.id);
    expect((await thread.sendText(target, 'two', { until: 'processed' })).threadId).toBe(thread.id);
    expect((await thread.sendJson(target, { text: 'three' })).threadId).toBe(thread.id);
    const status = await eventually(() => thread.status(), { until: ({ message_count }) => message_count === 4 });
    expect(status.participants.toSorted()).toEqual([oracle.node.accountId, asker.node.accountId].toSorted());
    const { messages } = await thread.messages({ limit: 10 });
    expect(messages.map(({ kind }) => kind).toSorted()).toEqual(['direct', 'direct', 'reply', 'request']);
    expect(await asker.threadStatus(thread.id)).toMatchObject({ thread_id: thread.id, message_count: 4 });
  });

  it('given pages of one, when messages, threads and search are walked, then they agree', async () => {
    const thread = asker.thread(uniqueName('walk'));
    for (const text of ['a', 'b', 'c']) await thread.sendText(oracle.node.accountId, text, { until: 'processed' });
    await eventually(() => thread.status(), { until: ({ message_count }) => message_count === 3 });
    const pages = await allOf(thread.messages({ limit: 1 }));
    expect(pages.map(({ messages }) => messages.length).filter((count) => count > 0)).toEqual([1, 1, 1]);
    const query = { threadId: thread.id, fromAccountId: asker.node.accountId, limit: 2 };
    const found = await allOf(asker.searchMessages(query).rows());
    const read = await allOf(asker.getThreadMessages(thread.id, { limit: 2 }).rows());
    expect(found.map(({ payload }) => payload)).toEqual([{ text: 'c' }, { text: 'b' }, { text: 'a' }]);
    expect(read.map(({ message_id }) => message_id)).toEqual(found.map(({ message_id }) => message_id));
    const threads = await allOf(asker.listThreads({ query: thread.id }).rows());
    expect(threads.map(({ thread_id }) => thread_id)).toEqual([thread.id]);
  });

  it('given recorded messages, when searched by words, state, party, trace and receive time, then what fits is found', async () => {
    const thread = asker.thread(uniqueName('found'));
    for (const text of ['old pond', 'frog jumps', 'water sounds']) {
      await thread.sendText(oracle.node.accountId, text, { until: 'processed' });
    }
    const query = { threadId: thread.id };
    const wanted = { ...query, status: 'processed' };
    const rows = await eventually(() => allOf(asker.searchMessages(wanted).rows()), {
      until: (all) => all.length === 3,
    });
    const [last] = rows;
    const texts = async (filters: MessageQuery) =>
      (await allOf(asker.searchMessages({ ...query, ...filters }).rows())).map(({ payload }) => payload);
    expect(await texts({ text: 'JUMPS frog' })).toEqual([{ text: 'frog jumps' }]);
    expect(await texts({ status: 'rejected' })).toEqual([]);
    expect(await texts({ participantAccountId: oracle.node.accountId })).toHaveLength(3);
    expect(await texts({ traceId: last?.trace_id ?? '' })).toEqual([{ text: 'water sounds' }]);
    expect(await texts({ receivedFromTs: last?.received_at ?? '' })).toEqual([{ text: 'water sounds' }]);
    expect(await texts({ receivedToTs: '2020-01-01T00:00:00Z' })).toEqual([]);
    await expect(asker.searchMessages({ status: 'lost' })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('given a cursor of another making, when it is used, then it fails as cursor_invalid', async () => {
    await expect(asker.searchMessages({ cursor: 'made-up' })).rejects.toMatchObject({ code: 'cursor_invalid' });
  });

  it.each(['', 'x'.repeat(257), 'a\0b'])('given %j as id, when the thread is made, then it is refused', (id) => {
    expect(() => asker.thread(id)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});

describe('life', () => {
  it('given an agent that has not started, when it is used, then it fails with not_connected', async () => {
    const idle = new AgentSDK({ agentId: 'idle', natsUrl: network().nats.url });
    await expect(idle.askText('@x', 'hi')).rejects.toMatchObject({ code: 'not_connected' });
    await expect(idle.sendText('capability:x', 'hi')).rejects.toMatchObject({ code: 'not_connected' });
    await expect(idle.searchMessages()).rejects.toMatchObject({ code: 'not_connected' });
    await expect(idle.thread().status()).rejects.toMatchObject({ code: 'not_connected' });
    expect(await idle.callTool('list_online')).toMatchObject({ ok: false, error: { code: 'not_connected' } });
  });

  it('given `await using`, when the block ends, then the agent has left', async () => {
    let left: AgentSDK;
    {
      await using sdk = await AgentSDK.open({ agentId: uniqueName('brief'), natsUrl: network().nats.url });
      left = sdk;
      expect(await sdk.listOnline()).not.toEqual([]);
    }
    await expect(left.listOnline()).rejects.toMatchObject({ code: 'not_connected' });
  });

  it('given traffic, when figures are wanted, then registry and agent give theirs', async () => {
    await asker.sendText(oracle.node.accountId, 'hi', { until: 'processed' });
    expect(await asker.metrics()).toHaveProperty('generated_at');
    expect(oracle.metricsSnapshot()).toMatchObject({ processed_count: 1 });
  });
});
