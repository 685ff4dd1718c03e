import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { onEachDatabase, rawClient, rule, uniqueName, useNetwork } from '../harness/index.js';
import { captureWire } from '../kit/judge/capture-wire.js';
import { describeTraceFinding } from '../kit/judge/finding.js';
import { judgeCaptures } from '../kit/judge/judge-capture.js';
import { readCaptures } from '../kit/judge/read-captures.js';

onEachDatabase('judged traffic', (database) => {
  const network = useNetwork(database);

  rule(
    ['receipt.happy', 'request.reply.shape', 'history.payload', 'discovery.types'],
    'given agents that send, ask and read what is on record, when their wire is taken down and judged, then nothing is found',
    async ({ onTestFinished }) => {
      await using listener = await rawClient(network().nats.url);
      const wire = await captureWire(listener.connection);
      const asker = await network().peer({
        username: uniqueName('asker'),
        capabilities: ['ask'],
        metadata: { n: 1.5 },
      });
      const answerer = await network().peer({
        username: uniqueName('answerer'),
        onMessage: ({ payload }, { reply }) => reply({ echo: payload }),
      });
      const thread = uniqueName('thread');
      await asker.send(answerer.accountId, { text: '{"a":1}' }, { threadId: thread });
      await asker.request(answerer.accountId, '[1]', { threadId: thread });
      const { client } = network();
      await client.ask('profile', { account_id: asker.accountId });
      await client.ask('search', { query: asker.username });
      await client.ask('thread_messages', { thread_id: thread });
      const folder = await mkdtemp(join(tmpdir(), 'agentnet-capture-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      await writeFile(join(folder, 'capture.jsonl'), await wire.lines());

      const captures = await readCaptures(folder);

      expect(captures[0]?.frames.length).toBeGreaterThan(12);
      expect(judgeCaptures(captures).map(describeTraceFinding)).toEqual([]);
    },
  );
});
