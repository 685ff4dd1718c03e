import { operations, type RpcName } from '@agentnet/protocol';
import { AgentNode, getProfile, getThreadMessages, getThreadStatus, searchMessages } from '@agentnet/sdk';
import { expect } from 'vitest';
import { type NatsServer, type RawClient, rawClient, rule, startNats, uniqueName } from '../harness/index.js';

const now = '2026-02-21T08:00:00Z';

/** Answers operations with fixed bodies, as a registry of the protocol's first version writes them. */
async function withOlderRegistry(
  answers: Partial<Record<RpcName, string>>,
  use: (nats: NatsServer, client: RawClient) => Promise<void>,
): Promise<void> {
  await using nats = await startNats({ jetStream: false });
  await using registry = await rawClient(nats.url);
  for (const [operation, body] of Object.entries(answers))
    await registry.subscribe(operations[operation as RpcName].subject, {
      onFrame: ({ reply }) => registry.publish(reply ?? '', body),
    });
  await use(nats, registry);
}

const row = {
  message_id: 'm1',
  thread_id: 't1',
  parent_message_id: null,
  from_account_id: null,
  to_account_id: null,
  from_session_tag: null,
  to_agent: 'a',
  kind: 'direct',
  schema_version: '1.0',
  idempotency_key: null,
  trace_id: null,
  sent_at: now,
  received_at: now,
  status: 'received',
  metadata: {},
};

rule(
  'history.payload.text',
  'given a registry that returns payloads as JSON text, when a client reads a thread, then it gets the text',
  async () => {
    const page = { thread_id: 't1', limit: 50, cursor: null, next_cursor: null, generated_at: now };
    const body = JSON.stringify({ ...page, messages: [{ ...row, payload: '{"text": "yo"}' }] });
    await withOlderRegistry({ thread_messages: body }, async ({ url }) => {
      const { messages } = await getThreadMessages(url, 't1');
      expect(JSON.parse(String(messages[0]?.payload))).toEqual({ text: 'yo' });
    });
  },
);

rule(
  'thread.status.optional',
  'given a registry that leaves out the limit fields, when a client reads a thread status, then it is accepted',
  async () => {
    const status = {
      thread_id: 't1',
      created_by_account_id: null,
      participants: [],
      created_at: now,
      updated_at: now,
      message_count: 1,
      byte_count: 14,
      approx_tokens: 4,
      latest_checkpoint_end: 0,
      last_message_at: null,
      status: 'ok',
      pending_messages: 1,
      generated_at: now,
    };
    await withOlderRegistry({ thread_status: JSON.stringify(status) }, async ({ url }) => {
      expect(await getThreadStatus(url, 't1')).toEqual(status);
    });
  },
);

rule(
  'history.search.unused',
  'given a registry that ignores a filter, when messages are looked for by it, then the search fails and names it',
  async () => {
    const filters = { thread_id: null, from_account_id: null, to_account_id: null, kind: null, from_ts: null };
    const page = {
      filters: { ...filters, to_ts: null },
      limit: 50,
      cursor: null,
      next_cursor: null,
      generated_at: now,
    };
    const body = JSON.stringify({ ...page, messages: [{ ...row, payload: 'yo' }] });
    await withOlderRegistry({ message_search: body }, async ({ url }) => {
      await expect(searchMessages(url, { status: 'rejected', text: 'yo', kind: 'direct' })).rejects.toMatchObject({
        code: 'filter_unsupported',
        message: expect.stringMatching(/text, status$/),
      });
      const { messages } = await searchMessages(url, { kind: 'direct', text: ' ' });
      expect(messages).toHaveLength(1);
    });
  },
);

rule(
  'rpc.error.old-registry',
  'given error replies without a code, when a client gets them, then known texts have their code and others are told',
  async () => {
    await withOlderRegistry({ profile: '{"error":"not_found"}' }, async ({ url }) => {
      await expect(getProfile(url, '@ghost')).rejects.toMatchObject({ code: 'not_found' });
    });
    await withOlderRegistry({ profile: '{"error":"the moon is full"}' }, async ({ url }) => {
      await expect(getProfile(url, '@ghost')).rejects.toMatchObject({
        code: 'registry_error',
        message: expect.stringContaining('the moon is full'),
      });
    });
  },
);

rule(
  ['rpc.numbers', 'rpc.unknown-fields'],
  'given whole numbers written with a fraction and unknown fields, when an agent registers, then it joins',
  async () => {
    const accountId = uniqueName('acct');
    const reply = `{"account_id":"${accountId}","username":"a","session_tag":"registry_1","heartbeat_interval":12.0,"ttl_seconds":40.0,"registered_at":"${now}","novel":{}}`;
    await withOlderRegistry({ register: reply }, async ({ url }) => {
      await using node = new AgentNode({ agentId: 'a', natsUrl: url });
      await node.start();
      expect(node.accountId).toBe(accountId);
    });
  },
);

rule(
  'limits.no-registry',
  'given a server without a registry, when an agent starts, then it fails and names what is missing',
  async () => {
    await using nats = await startNats({ jetStream: false });
    await using node = new AgentNode({ agentId: 'a', natsUrl: nats.url });
    await expect(node.start()).rejects.toMatchObject({ code: 'registry_unavailable' });
  },
);
