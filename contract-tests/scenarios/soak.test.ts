import { expect, test } from 'vitest';
import { databases, rule } from '../harness/index.js';
import { describeJudgement, judgeSoak } from '../soak/judge-soak.js';
import { planSoak } from '../soak/plan.js';
import { runSoak } from '../soak/run-soak.js';
import { summarise } from '../soak/summary.js';

const [pglite] = databases();
if (!pglite) throw new Error('PGlite is always there');

test('given one seed, when a soak is planned twice, then both plans are the same', () => {
  const options = { agents: 50, processes: 4, rounds: 3, ordersPerRound: 100 };
  expect(planSoak({ seed: 7, ...options })).toEqual(planSoak({ seed: 7, ...options }));
  expect(planSoak({ seed: 7, ...options })).not.toEqual(planSoak({ seed: 8, ...options }));
});

rule(
  [
    'send.processed',
    'send.no-false-success',
    'inbox.duplicate',
    'inbox.idempotency',
    'receipt.final',
    'receipt.happy',
    'receipt.with-reply',
    'receipt.with-reply.true',
    'history.captured',
    'history.outage.registry',
    'history.replies',
    'presence.reconnect',
  ],
  'given 50 agents, when handlers fail and hang and connections, NATS and registry break, then every promise is kept',
  async () => {
    const seed = Number(process.env['AGENTNET_SOAK_SEED'] ?? Date.now() % 2 ** 32);
    const plan = planSoak({ seed, agents: 50, processes: 4, rounds: 3, ordersPerRound: 150 });
    const database = await pglite.create();
    try {
      const evidence = await runSoak(plan, { database: database.env });
      const judgement = judgeSoak(evidence);
      expect(judgement.violations, describeJudgement(seed, judgement)).toEqual([]);
      // A run that met none of these would have proved nothing.
      const { endings, handled, breakages, frames } = summarise(evidence);
      const isSuccess = (endings['success'] ?? 0) > 0;
      const isWithReply = (frames['reply reply as processed'] ?? 0) > 0;
      expect({ ...breakages, isHandled: handled > 0, isSuccess, isWithReply }).toEqual({
        drop: 3,
        hold: 3,
        nats: 1,
        registry: 1,
        isHandled: true,
        isSuccess: true,
        isWithReply: true,
      });
    } finally {
      await database.drop();
    }
  },
  { timeout: 240_000 },
);
