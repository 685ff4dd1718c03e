import { type Message, type Receipt, subjects } from '@agentnet/protocol';
import { describe, expect, it } from 'vitest';
import type { AgentNodeOptions, MessageHandler } from '../../src/index.js';
import { aMessage } from '../harness/a-message.js';
import { useNetwork } from '../harness/network.js';

const network = useNetwork();
const inbox = subjects.accountInbox('acct_sut');
const replyInbox = subjects.replyInbox('registry_RAW', 'token');

/** What the receiver of one request says, in its order: receipts by status, replies with what they say in their place. */
async function said(
  handler: MessageHandler,
  { fields = {}, ...options }: Partial<AgentNodeOptions> & { fields?: object } = {},
): Promise<string[]> {
  const node = network.node(options);
  node.onMessage((message, context) => (message.kind === 'request' ? handler(message, context) : undefined));
  await node.start();
  const wire = await network.peer.tap<Message & Receipt>('>');
  const request = aMessage({ kind: 'request', receipts: 'with_reply', ...fields });
  network.peer.publish(inbox, request, replyInbox);
  const fence = aMessage();
  const heard: string[] = [];
  let isFenced = false;
  for (;;) {
    const { subject, body } = await wire.next();
    if (subject === replyInbox) heard.push(`${body.kind} ${body.parent_status ?? 'says nothing'}`);
    if (body.message_id === request.message_id && body.status) heard.push(body.status);
    if (body.message_id === fence.message_id && body.status === 'processed') return heard;
    if (!isFenced && heard.length > 0 && /processed|rejected/.test(heard.at(-1) ?? '')) {
      isFenced = true;
      network.peer.publish(inbox, fence);
    }
  }
}

/** Lets everything that waits be done, timers and sockets included. */
const aTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('a request whose sender reads receipts from the reply', () => {
  it('given a handler that replies and returns, when it is asked, then the reply is all that is sent [receipt.with-reply]', async () => {
    expect(await said((_, { reply }) => void reply('yes'))).toEqual(['reply processed']);
  });

  it('given a handler that awaits its reply, when it is asked, then the reply is all that is sent [receipt.with-reply]', async () => {
    const handler: MessageHandler = async (_, { reply }) => {
      await Promise.resolve();
      await reply('yes');
    };
    expect(await said(handler)).toEqual(['reply processed']);
  });

  it('given a handler that takes its time, when it replies and returns, then the reply follows `accepted` and no other receipt does [receipt.with-reply]', async () => {
    const handler: MessageHandler = async (_, { reply }) => {
      await aTurn();
      await reply('yes');
    };
    expect(await said(handler)).toEqual(['accepted', 'reply processed']);
  });

  it('given a handler that goes on after its reply, when it returns, then `processed` is a receipt [receipt.with-reply.true]', async () => {
    const handler: MessageHandler = async (_, { reply }) => {
      await reply('yes');
      await aTurn();
    };
    expect(await said(handler)).toEqual(['accepted', 'reply says nothing', 'processed']);
  });

  it('given a handler that fails after its reply, when it was asked, then the failure is a receipt [receipt.with-reply.true]', async () => {
    const handler: MessageHandler = async (_, { reply }) => {
      await reply('yes');
      throw new Error('too late');
    };
    expect(await said(handler)).toEqual(['accepted', 'reply says nothing', 'rejected', 'error says nothing']);
  });

  it('given a handler that never replies, when it returns, then both are receipts [receipt.with-reply]', async () => {
    expect(await said(() => undefined)).toEqual(['accepted', 'processed']);
  });

  it('given two replies, when the handler returns, then the last one says it', async () => {
    const handler: MessageHandler = (_, { reply }) => {
      void reply('one');
      void reply('two');
    };
    expect(await said(handler)).toEqual(['reply says nothing', 'reply processed']);
  });

  it('given a reply that fills a write of its own, when the handler has not returned, then it does not say so [receipt.with-reply.true]', async () => {
    expect(await said((_, { reply }) => void reply('x'.repeat(100_000)))).toEqual([
      'accepted',
      'reply says nothing',
      'processed',
    ]);
  });

  it('given a streamed answer, when it has ended, then the reply says it, its parts do not [receipt.with-reply.asked]', async () => {
    const handler: MessageHandler = async (_, { stream }) => void (await stream(['a', 'b']));
    const heard = await said(handler);
    expect(heard.filter((one) => one.startsWith('stream'))).toEqual(
      heard.filter((one) => one === 'stream says nothing'),
    );
    expect(heard.at(-1)).toBe('reply processed');
    expect(heard).not.toContain('processed');
  });

  it('given a sender that cannot have receipts, when it asks, then the reply says nothing [receipt.with-reply.asked]', async () => {
    const node = network.node();
    node.onMessage((_, { reply }) => reply('yes'));
    await node.start();
    const replies = await network.peer.tap(replyInbox);
    const { from_account_id: _, ...anonymous } = aMessage({ kind: 'request', receipts: 'with_reply' });
    network.peer.publish(inbox, anonymous, replyInbox);
    expect((await replies.next()).body).not.toHaveProperty('parent_status');
  });
});

it.each([
  { receipts: undefined },
  { receipts: 'WITH_REPLY' },
  { receipts: ['with_reply'] },
])('given a request with %j, when it is answered, then all is as ever [receipt.with-reply.asked]', async (fields) => {
  expect(await said((_, { reply }) => void reply('yes'), { fields })).toEqual([
    'accepted',
    'reply says nothing',
    'processed',
  ]);
});

describe('asking', () => {
  async function asks(features: string[]): Promise<Message> {
    network.registry.features = features;
    const node = network.node();
    await node.start();
    network.registry.features = [];
    const requests = await network.peer.inbox();
    void node.requestAccount({ toAccountId: 'acct_raw', payload: 'why?' }).catch(() => undefined);
    return (await requests.next()).body;
  }

  it('given a registry without the feature, when an agent asks, then as ever [receipt.with-reply.feature]', async () => {
    expect(await asks([])).not.toHaveProperty('receipts');
    expect(await asks(['telepathy'])).not.toHaveProperty('receipts');
  });

  it('given a registry that has it, when an agent asks, then it reads receipts from the reply [receipt.with-reply.feature]', async () => {
    expect(await asks(['receipts_with_reply'])).toHaveProperty('receipts', 'with_reply');
  });
});
