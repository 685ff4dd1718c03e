import { connect as connectSocket } from 'node:net';
import { operations, type SentReceipt, subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  eventually,
  freshMessageId,
  type Network,
  onEachDatabase,
  type RawBody,
  rawAccount,
  rpcNames,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

/** Bodies no operation can take as they are. `list` and `metrics` answer them as usual. */
const hostileBodies: Readonly<Record<string, RawBody>> = {
  'broken JSON': '{"agent_id":',
  'no UTF-8': new Uint8Array([0xc3, 0x28]),
  'an array': '[]',
  'a text': '"register"',
  'a number': '1e999',
  null: 'null',
  'deep nesting': deep,
  'a deep member': `{"metadata":${deep}}`,
  'wrong types':
    '{"agent_id":{},"username":[],"account_id":7,"thread_id":{},"limit":"x","cursor":{},"query":7,"from_ts":{}}',
  'U+0000':
    '{"agent_id":"a\\u0000","username":"\\u0000","account_id":"\\u0000","thread_id":"\\u0000","query":"\\u0000","cursor":"\\u0000"}',
  'lone surrogates':
    '{"agent_id":"\\ud800","username":"\\ud800","account_id":"\\ud800","thread_id":"\\udfff","query":"\\ud800"}',
  'huge numbers':
    '{"agent_id":"a","thread_id":"t","username":"u","account_id":"a","limit":1e999,"soft_limit_tokens":1e400}',
  'long texts': JSON.stringify(
    Object.fromEntries(
      ['agent_id', 'username', 'account_id', 'thread_id', 'query', 'cursor', 'name'].map((field) => [
        field,
        'x'.repeat(100_000),
      ]),
    ),
  ),
  'extreme dates':
    '{"agent_id":"a","thread_id":"t","username":"u","account_id":"a","from_ts":"0001-01-01T00:00:00+14:00","to_ts":"9999-12-31T23:59:59-14:00"}',
  'injection texts': `{"agent_id":"'; DROP TABLE agent_accounts; --","username":"'; DROP TABLE agent_accounts; --","account_id":"a","thread_id":"'; --","query":"'; --"}`,
  'a body of a megabyte': JSON.stringify({
    agent_id: 'a',
    thread_id: 't',
    username: 'u',
    account_id: 'a',
    metadata: { big: 'x'.repeat(1_000_000) },
  }),
};

async function expectWorking({ client }: Network): Promise<void> {
  const { account_id, username } = await client.ask('register', { agent_id: uniqueName() });
  expect(await client.ask('resolve_account', { username })).toMatchObject({ account_id });
}

onEachDatabase('bad input', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  for (const operation of rpcNames)
    rule(
      ['rpc.answered', 'limits.harmless', 'limits.numbers', 'limits.lengths'],
      `given every hostile body, when it is sent to ${operation}, then each is answered and the registry goes on`,
      async () => {
        const { client } = network();
        for (const [what, body] of Object.entries(hostileBodies)) {
          const reply = await client.rpc(operation, body);
          expect({ what, answered: 'error' in reply || 'generated_at' in reply || 'account_id' in reply }).toEqual({
            what,
            answered: true,
          });
          if ('error' in reply) expect(reply).toMatchObject({ code: expect.stringMatching(/^(?!internal_error)/) });
        }
        await expectWorking(network());
      },
    );

  rule(
    ['rpc.unknown-fields', 'rpc.null'],
    'given unknown and null fields, when requests carry them, then they are answered as without',
    async () => {
      const { client } = network();
      const agent_id = uniqueName();
      const nulls = { name: null, capabilities: null, metadata: null, account_id: null, username: null, auth: null };
      const { account_id } = await client.ask('register', { agent_id, ...nulls, future: { field: [1] } });
      expect(await client.ask('search', { query: agent_id, capability: null, cursor: null, future: 1 })).toMatchObject({
        results: [{ account_id, display_name: agent_id, capabilities: [], metadata: {} }],
      });
    },
  );

  rule(
    'rpc.no-reply-subject',
    'given requests without a reply subject, when they arrive, then they change nothing and the registry goes on',
    async () => {
      const { client } = network();
      const username = uniqueName('silent');
      for (const operation of rpcNames) client.publish(operations[operation].subject, { agent_id: 'a', username });
      await expectWorking(network());
      expect(await client.rpc('resolve_account', { username })).toMatchObject({ code: 'not_found' });
    },
  );

  rule(
    ['limits.harmless', 'presence.hello.malformed'],
    'given hostile events and receipts, when they arrive, then registry and peer go on',
    async () => {
      const { client } = network();
      const peer = await network().peer();
      for (const body of Object.values(hostileBodies)) {
        client.publish(subjects.registryHello, body);
        client.publish(subjects.registryGoodbye, body);
        client.publish(subjects.accountReceipts(peer.accountId), body);
      }
      await expectWorking(network());
      const other = await network().peer();
      await peer.send(other.accountId, 'still here');
    },
  );

  rule(
    ['message.malformed', 'message.malformed.receipt', 'message.malformed.harmless', 'message.text', 'message.depth'],
    'given every hostile body, when it is sent to a peer with a reply subject, then each is answered and the peer goes on',
    async () => {
      const { client } = network();
      const sender = await rawAccount(client);
      const peer = await network().peer({ onMessage: (_message, { reply }) => reply('ok') });
      const inbox = subjects.accountInbox(peer.accountId);
      const envelope = () => aMessage({ from: sender.accountId, to: peer.accountId, from_session_tag: uniqueName() });
      const hostile: [RawBody, string][] = [
        ['{bad', 'bad_message'],
        [new Uint8Array([0xc3, 0x28]), 'bad_message'],
        ['[]', 'bad_message'],
        ['"text"', 'bad_message'],
        [deep, 'bad_message'],
        [JSON.stringify({ ...envelope(), payload: 0 }).replace('"payload":0', `"payload":${deep}`), 'bad_message'],
        [{ ...envelope(), message_id: 7 }, 'bad_message'],
        [{ ...envelope(), thread_id: 'a\u0000b' }, 'bad_message'],
        [{ ...envelope(), message_id: 'a\ud800' }, 'bad_message'],
        [{ ...envelope(), kind: {} }, 'bad_message'],
        [{ ...envelope(), ttl_ms: 1.5 }, 'bad_message'],
        [{ ...envelope(), trace_id: 'x'.repeat(300) }, 'bad_message'],
        [{ ...envelope(), from_account_id: '*' }, 'bad_message'],
        [{ ...envelope(), payload: 'x'.repeat(300_000) }, 'payload_too_large'],
      ];
      for (const [body, code] of hostile) {
        const { json, text } = await client.request(inbox, body);
        expect({ text, kind: (json as { kind: string }).kind }).toMatchObject({ kind: 'error' });
        expect(json).toMatchObject({ payload: { error: code } });
      }
      const receipts = sender.receipts.received.map(({ json }) => json as SentReceipt);
      expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['rejected']));
      expect((await client.request(inbox, envelope())).json).toMatchObject({ payload: 'ok' });
      expect(peer.handled).toHaveLength(1);
    },
  );

  rule(
    ['inbox.ttl.overflow', 'limits.harmless'],
    'given numbers and dates beyond all ranges, when a peer gets them, then each message is answered by a receipt',
    async () => {
      const { client } = network();
      const sender = await rawAccount(client);
      const peer = await network().peer();
      const fields: object[] = [
        { ttl_ms: 10 ** 18 },
        { sent_at: '9999-12-31T23:59:59Z' },
        { sent_at: '0001-01-01T00:00:00+14:00', expires_at: undefined },
      ];
      for (const overflow of fields) {
        const message = { ...aMessage({ from: sender.accountId, to: peer.accountId }), ...overflow };
        client.publish(subjects.accountInbox(peer.accountId), message);
        const about = ({ json }: { json: unknown }) => (json as SentReceipt).message_id === message.message_id;
        await sender.receipts.next({ where: about });
      }
    },
  );

  rule(
    'limits.harmless',
    'given a client that exceeds the NATS limit, when the server cuts it off, then registry, peer and history go on',
    async () => {
      const { client, nats } = network();
      const peer = await network().peer();
      const socket = connectSocket(nats.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {});
      socket.resume();
      const body = 'x'.repeat(2_000_000);
      const inbox = subjects.accountInbox(peer.accountId);
      socket.write('CONNECT {"verbose":false}\r\n');
      for (const subject of [operations.register.subject, inbox])
        socket.write(`PUB ${subject} ${body.length}\r\n${body}\r\n`);
      await closed;
      await expectWorking(network());
      const message = aMessage({ to: peer.accountId, message_id: freshMessageId() });
      client.publish(inbox, message);
      await eventually(() => peer.handled.length === 1);
      await eventually(async () => {
        const { messages } = await client.ask('thread_messages', { thread_id: message.thread_id });
        return messages.length === 1;
      });
    },
  );
});
