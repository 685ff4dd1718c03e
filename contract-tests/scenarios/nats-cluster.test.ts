import { readFileSync } from 'node:fs';
import { buckets, history } from '@agentnet/protocol';
import { AgentNode, getThreadMessages } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CertificateFiles,
  Cleanup,
  type ClusterMember,
  certificateAuthority,
  databases,
  eventually,
  eventuallyEqual,
  type NatsCluster,
  startNatsCluster,
  startRegistry,
  uniqueName,
} from '../harness/index.js';

const page = readFileSync(new URL('../../docs/production.md', import.meta.url), 'utf8');
const [, documented = ''] = /^```text\n(server_name: nats-1\n[\s\S]*?)^```/m.exec(page) ?? [];
const token = 't0ken-of-the-cluster';
const [, postgres] = databases();
if (!postgres) throw new Error('the second database is Postgres');

/** The configuration of the page with the names, ports and files of this machine in the place of its own. */
function configurationOf(member: ClusterMember, others: readonly ClusterMember[], files: ServerFiles): string {
  const routes = others.map(({ routePort }) => `nats://127.0.0.1:${routePort}`).join(', ');
  const changes = [
    ['server_name: nats-1', `server_name: ${member.name}`],
    ['listen: 0.0.0.0:4222', `listen: 127.0.0.1:${member.port}`],
    ['listen: 0.0.0.0:6222', `listen: 127.0.0.1:${member.routePort}`],
    ['routes: [nats://nats-2:6222, nats://nats-3:6222]', `routes: [${routes}]`],
    ['store_dir: /var/lib/nats', `store_dir: "${member.folder}"`],
    ['token: "<token>"', `token: "${token}"`],
    ['/etc/nats/server.pem', `"${files.certFile}"`],
    ['/etc/nats/server.key', `"${files.keyFile}"`],
    ['/etc/nats/ca.pem', `"${files.caFile}"`],
  ] as const;
  return changes.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replaceAll(from, to);
  }, documented);
}

interface ServerFiles extends CertificateFiles {
  readonly caFile: string;
}

describe.skipIf(postgres.skipped)('the cluster of the production guide', () => {
  const all = new Cleanup();
  let cluster: NatsCluster;
  let streams: JetStreamManager['streams'];
  let tls: { caFile: string };

  const urlOf = ({ port }: ClusterMember): string => `tls://${token}@127.0.0.1:${port}`;
  const everyUrl = (): string => cluster.members.map(urlOf).join(',');
  const agent = (word: string): AgentNode =>
    new AgentNode({ agentId: uniqueName(word), natsUrl: everyUrl(), connection: { tls }, onError: () => {} });

  beforeAll(async () => {
    const authority = all.use(await certificateAuthority());
    tls = { caFile: authority.caFile };
    const files = { ...tls, ...(await authority.issue('127.0.0.1')) };
    cluster = all.use(
      await startNatsCluster(['nats-1', 'nats-2', 'nats-3'], (member, others) =>
        configurationOf(member, others, files),
      ),
    );
    const database = await postgres.create();
    all.defer(() => database.drop());
    const startBeside = async (member: ClusterMember): Promise<void> => {
      const env = { HISTORY_STREAM_REPLICAS: '3', NATS_CA: tls.caFile, REGISTRY_SERVER_ID: `beside-${member.name}` };
      const start = () => startRegistry({ natsUrl: urlOf(member), database: database.env, env });
      all.use(await eventually(start, { timeoutMs: 60_000, what: 'a registry' }));
    };
    await Promise.all(cluster.members.map(startBeside));
    const connection = await connect({ url: everyUrl(), tls });
    all.defer(() => connection.close());
    ({ streams } = await jetstreamManager(connection));
  }, 150_000);
  afterAll(() => all.run(), 60_000);

  test('given agents that ask, when the server dies that leads the history, then they go on, and every answered question is on record with its outcome', async () => {
    const [answerer, asker] = [agent('answerer'), agent('asker')];
    answerer.onMessage(({ payload }, { reply }) => reply(payload));
    await Promise.all([answerer.start(), asker.start()]);
    const thread_id = uniqueName('thread');
    const answered: string[] = [];
    const ask = async (number: number): Promise<void> => {
      const question = { to: `@${answerer.username}`, payload: number, threadId: thread_id, timeoutMs: 2_000 };
      const reply = await eventually(() => asker.request({ ...question, idempotencyKey: `${thread_id}-${number}` }), {
        timeoutMs: 30_000,
        what: `the answer to ${number}`,
      });
      answered.push(reply.parent_message_id ?? '');
    };
    const askUntil = async (isEnough: () => Promise<boolean>): Promise<void> => {
      do await ask(answered.length);
      while (!(await isEnough()));
    };
    // While a stream gets copies or a leader, a question about it may go unanswered.
    const infoOf = (stream: string) => streams.info(stream).catch(() => undefined);
    const copies = async () => (await infoOf(`KV_${buckets.dedupe}`))?.config.num_replicas;
    const leader = async () => (await infoOf(history.stream))?.cluster?.leader;

    await askUntil(async () => (await copies()) === 3);
    const first = await eventually(leader);
    await cluster.kill(first ?? '');
    const isElected = async () => ![undefined, '', first].includes(await leader());
    await askUntil(isElected);
    for (let more = 0; more < 10; more++) await ask(answered.length);
    await Promise.all([asker.close(), answerer.close()]);

    const outcomes = async (): Promise<unknown[]> => {
      const found = new Map<string, unknown>();
      for await (const { messages } of pagesOf(thread_id))
        for (const { message_id, status } of messages) found.set(message_id, status);
      return answered.map((id) => found.get(id));
    };
    await eventuallyEqual(
      outcomes,
      answered.map(() => 'processed'),
      { timeoutMs: 30_000 },
    );
  }, 150_000);

  async function* pagesOf(threadId: string) {
    for (let cursor: string | null | undefined = ''; typeof cursor === 'string'; ) {
      const page = await getThreadMessages(everyUrl(), threadId, { limit: 200, tls, ...(cursor && { cursor }) });
      yield page;
      cursor = page.next_cursor;
    }
  }
});
