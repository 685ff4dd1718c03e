import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Hello, type Message, type SentReceipt, subjects } from '@agentnet/protocol';
import { describe, expect } from 'vitest';
import {
  aMessage,
  databases,
  eventually,
  eventuallyEqual,
  type NatsServer,
  openNetwork,
  rawAccount,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

const [pglite] = databases();
if (!pglite) throw new Error('PGlite is always there');

/** As a user would write it; the handler takes until the test's reply to its question comes. */
const program = `
import { AgentNode } from '@agentnet/sdk';
const [natsUrl, agentId, helper] = process.argv.slice(1);
const node = new AgentNode({ agentId, natsUrl });
node.onMessage(() => node.request({ to: helper, payload: 'may I?' }).then(() => undefined));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => console.log('asked to stop'));
await node.startForever();
console.log('left in order');
`;

interface Resident extends AsyncDisposable {
  readonly process: ChildProcess;
  output(): string;
}

function startResident({ url }: NatsServer, agentId: string, helper: string): Resident {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', url, agentId, helper], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return {
    process: child,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  };
}

describe('life of a process', () => {
  const network = useNetwork(pglite, { env: { AGENT_TTL_SECONDS: '60' } });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    rule(
      ['presence.goodbye.sent', 'inbox.drain', 'receipt.final'],
      `given a process in startForever with work under way, when it gets ${signal}, then it finishes, says goodbye and ends with 0`,
      async () => {
        const { client, nats } = network();
        const [sender, helper] = [await rawAccount(client), await rawAccount(client)];
        const agentId = uniqueName('resident');
        const hellos = await client.subscribe(subjects.registryHello);
        const goodbyes = await client.subscribe(subjects.registryGoodbye);
        await using resident = startResident(nats, agentId, helper.accountId);
        const isOurs = ({ json }: { json: unknown }) => (json as Hello).agent_id === agentId;
        const { account_id, session_tag } = (await hellos.next({ where: isOurs, timeoutMs: 25_000 })).json as Hello;
        const message = aMessage({ from: sender.accountId, to: account_id ?? '' });
        client.publish(subjects.accountInbox(account_id ?? ''), message);
        const question = await helper.inbox.next();
        const ended = once(resident.process, 'exit');
        resident.process.kill(signal);
        await eventually(() => resident.output().includes('asked to stop'));
        client.publish(question.reply ?? '', aMessage({ from: helper.accountId, kind: 'reply' }));
        expect({ exit: await ended, output: resident.output() }).toEqual({
          exit: [0, null],
          output: 'asked to stop\nleft in order\n',
        });
        const statuses = () => sender.receipts.received.map(({ json }) => (json as SentReceipt).status);
        await eventuallyEqual(statuses, ['accepted', 'processed']);
        expect((await goodbyes.next({ where: isOurs })).json).toMatchObject({ session_tag });
        for (const subscription of [hellos, goodbyes]) subscription.unsubscribe();
      },
    );
  }
});

describe('life of a network', () => {
  rule(
    ['presence.reconnect', 'presence.reregister', 'inbox.duplicate.shared', 'send.not-later'],
    'given NATS and registry killed and restarted, when both are back, then the peer is online as before and remembers what it took',
    async () => {
      await using network = await openNetwork(pglite, { env: { AGENT_TTL_SECONDS: '30' } });
      const { client, nats, registry } = network;
      const sender = await rawAccount(client);
      const peer = await network.peer({ inbox: { sharedDedupe: 'all' } });
      const lives: string[] = [];
      peer.node.on('disconnected', () => lives.push('disconnected'));
      peer.node.on('reconnected', ({ sessionTag }) => lives.push(`reconnected ${sessionTag}`));
      const inbox = subjects.accountInbox(peer.accountId);
      const isAbout =
        ({ message_id }: Message, status: string) =>
        ({ json }: { json: unknown }) =>
          (json as SentReceipt).message_id === message_id && (json as SentReceipt).status === status;
      const before = aMessage({ from: sender.accountId, to: peer.accountId });
      client.publish(inbox, before);
      await sender.receipts.next({ where: isAbout(before, 'processed') });
      await registry.kill();
      await nats.kill();
      await eventually(() => lives.length === 1);
      const failed = await peer.node.send({ to: sender.accountId, payload: 'lost' }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'connection_closed' });
      await nats.restart();
      await registry.restart();
      await eventually(() => client.connection.flush().then(() => true), { timeoutMs: 20_000 });
      await eventually(() => lives.length === 2, { timeoutMs: 20_000 });
      expect(lives).toEqual(['disconnected', `reconnected ${peer.sessionTag}`]);
      const rowOf = async () =>
        (await client.ask('list')).agents.find(({ session_tag }) => session_tag === peer.sessionTag);
      expect(await eventually(rowOf, { timeoutMs: 20_000 })).toMatchObject({ account_id: peer.accountId });
      const resolved = () => client.ask('resolve_account', { username: peer.username });
      expect(await eventually(resolved, { timeoutMs: 20_000 })).toMatchObject({ account_id: peer.accountId });
      const after = aMessage({ from: sender.accountId, to: peer.accountId });
      for (const message of [before, after]) client.publish(inbox, message);
      await sender.receipts.next({ where: isAbout(before, 'rejected') });
      await sender.receipts.next({ where: isAbout(after, 'processed') });
      expect(peer.handled.map(({ message_id }) => message_id)).toEqual([before.message_id, after.message_id]);
      expect(sender.inbox.received).toHaveLength(0);
    },
    { timeout: 90_000 },
  );
});
