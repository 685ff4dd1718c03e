import { randomUUID } from 'node:crypto';
import { subjects } from '@agentnet/protocol';
import { expect } from 'vitest';
import {
  aMessage,
  countInThread,
  eventuallyEqual,
  idsOf,
  onEachDatabase,
  readThread,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

const total = 2_000;
const threads = 20;
const payload = { text: 'yo' };
const payloadBytes = '{"text": "yo"}'.length;

onEachDatabase('crash', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  rule(
    ['history.outage.registry', 'thread.status.counters', 'history.captured'],
    'given a registry killed while 2,000 messages are sent, when it is restarted, then all are recorded and counted once',
    async () => {
      const { client, registry } = network();
      const prefix = uniqueName('thread');
      const sent = Array.from({ length: total }, (_, index) =>
        aMessage({
          message_id: randomUUID().replaceAll('-', ''),
          from: 'acct_ann',
          to: 'acct_bob',
          thread_id: `${prefix}_${index % threads}`,
          payload,
        }),
      );
      for (const [index, message] of sent.entries()) {
        client.publish(subjects.accountInbox('acct_bob'), message);
        // Spread over many batches of the writer, so that the kill meets one half-way.
        if (index % 50 === 0) await client.connection.flush();
        if (index === total / 2) {
          await eventuallyEqual(async () => (await countInThread(client, `${prefix}_0`)) > 0, true);
          process.kill(registry.pid, 'SIGKILL');
        }
      }
      await client.connection.flush();
      await registry.restart();
      const ofThread = (thread_id: string) => sent.filter((message) => message.thread_id === thread_id);
      for (let index = 0; index < threads; index += 1) {
        const thread_id = `${prefix}_${index}`;
        await eventuallyEqual(() => countInThread(client, thread_id), total / threads, { timeoutMs: 60_000 });
        const ids = idsOf((await readThread(client, thread_id, 200)).rows);
        expect(ids.sort()).toEqual(
          ofThread(thread_id)
            .map(({ message_id }) => message_id)
            .sort(),
        );
        expect(await client.ask('thread_status', { thread_id })).toMatchObject({
          message_count: total / threads,
          byte_count: (total / threads) * payloadBytes,
          approx_tokens: (total / threads) * Math.ceil(payloadBytes / 4),
          participants: ['acct_ann', 'acct_bob'],
        });
      }
    },
    { timeout: 120_000 },
  );
});
