import { check, type JsonObject, type JsonValue, type SchemaName, subjects } from '@agentnet/protocol';
import { readBlobRef, readStreamEvent } from '@agentnet/sdk';
import { describe, expect, it } from 'vitest';
import { freshMessageId } from '../../harness/index.js';
import { matching } from '../verification/matchers.js';
import { usePact } from '../verification/use-pact.js';
import { peerInteractions } from './interactions.js';
import { poet, sentNow, useStage } from './stage.js';

const written = usePact('typescript-peer', 'python-peer');
const stage = useStage();
const { messages, streams, receipts, replies } = peerInteractions;

/** Writes one asynchronous interaction and hands its example to `take`. */
function expecting(
  { description, content, exact }: { description: string; content: JsonObject; exact: readonly string[] },
  schema: SchemaName,
  take: (example: JsonObject) => Promise<void>,
) {
  return written.pact
    .addAsynchronousInteraction()
    .reference('asyncapi', 'message', schema)
    .expectsToReceive(description, (builder) => builder.withJSONContent(matching(content, exact)))
    .executeTest(async ({ contents }) => {
      const example = parsed(contents.content);
      expect(example).toEqual(content);
      await take(example);
    });
}

/** The library gives a parsed message, and the bytes of a response. */
const parsed = (content: unknown): JsonObject =>
  (Buffer.isBuffer(content) ? JSON.parse(content.toString()) : content) as JsonObject;

describe('what an agent of the TypeScript SDK relies on in a Python one', () => {
  it.each([
    ...messages,
    ...streams,
  ])('given $description, when it arrives, then the handler gets it and the sender its receipts', async (interaction) => {
    await expecting(interaction, 'SentMessage', async (example) => {
      const { raw, peer, receipts: heard } = stage();
      const message = sentNow(example, { message_id: freshMessageId() });
      raw.publish(subjects.accountInbox(peer.accountId), message);
      const final = await heard.next({ where: ({ json }) => isAbout(json, message, 'processed') });
      expect(check('SentReceipt', final.json)).toEqual([]);
      const handled = peer.handled.find(({ message_id }) => message_id === message['message_id']);
      expect(handled).toMatchObject(message);
      expect(meaningOf(handled?.payload ?? null)).toEqual(meaningOf(example['payload'] ?? null));
    });
  });

  it.each(receipts)('given $description, when the receipt arrives, then the sender knows', async (interaction) => {
    await expecting(interaction, 'SentReceipt', async (example) => {
      const { raw, peer, inbox } = stage();
      const { status, code } = interaction;
      const sending = peer.node.send({
        to: `account:${poet}`,
        payload: { text: 'hello' },
        retryAttempts: 0,
        until: status === 'processed' ? 'processed' : 'accepted',
      });
      const sent = (await inbox.next({ where: ({ json }) => (json as JsonObject)['kind'] === 'direct' }))
        .json as JsonObject;
      expect(check('SentMessage', sent)).toEqual([]);
      const { message_id = '', trace_id = '', thread_id = '' } = sent;
      // The receipt goes the other way than the example's.
      raw.publish(subjects.accountReceipts(peer.accountId), {
        ...example,
        ...{ message_id, trace_id, thread_id, from_account_id: poet, to_account_id: peer.accountId },
      });
      const isTaken = status !== 'rejected' || code === 'duplicate';
      expect(await outcomeOf(sending)).toEqual(isTaken ? { receipt: status } : { refused: code });
    });
  });

  it.each(replies)('given $description, when the reply arrives, then the requester gets it', async ({
    description,
    request,
    reply,
    exact,
    refused,
  }) => {
    await written.pact
      .addSynchronousInteraction(description)
      .reference('asyncapi', 'request', 'SentMessage')
      .reference('asyncapi', 'reply', 'SentMessage')
      .withRequest((builder) => builder.withJSONContent(matching(request, [])))
      .withResponse((builder) => builder.withJSONContent(matching(reply, exact)))
      .executeTest(async ({ Response }) => {
        const { raw, peer, inbox } = stage();
        const example = parsed(Response[0]?.content);
        const asking = peer.request(`account:${poet}`, request['payload'] as JsonValue, { timeoutMs: 10_000 });
        const asked = await inbox.next({ where: ({ json }) => (json as JsonObject)['kind'] === 'request' });
        const sent = asked.json as JsonObject;
        expect(check('SentMessage', sent)).toEqual([]);
        expect(sent['payload']).toEqual(request['payload']);
        const { message_id = '', trace_id = '', thread_id = '' } = sent;
        raw.publish(asked.reply ?? '', sentNow(example, { parent_message_id: message_id, trace_id, thread_id }));
        expect(await outcomeOf(asking)).toEqual(refused ? { refused } : { payload: example['payload'] });
      });
  });

  it('given all interactions, when they have been written, then the pact is the committed one', () => {
    const { written: now, committed } = written.settle();
    expect(now).toBe(committed);
  });
});

/** What the SDK reads in a payload that follows a convention. */
function meaningOf(payload: JsonValue): unknown {
  return { stream: readStreamEvent(payload), blob: readBlobRef(payload) };
}

function isAbout(receipt: unknown, { message_id }: JsonObject, status: string): boolean {
  const { message_id: about, status: said } = receipt as JsonObject;
  return about === message_id && said === status;
}

interface Told {
  readonly receipt?: { readonly status: string };
  readonly payload?: unknown;
}

/** What the caller of the SDK is told. */
async function outcomeOf(call: Promise<Told>): Promise<unknown> {
  try {
    const { receipt, payload } = await call;
    return receipt ? { receipt: receipt.status } : { payload };
  } catch (cause) {
    const { remoteCode, code } = cause as { remoteCode?: string; code?: string };
    return { refused: remoteCode ?? code ?? cause };
  }
}
