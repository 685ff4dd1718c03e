import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeJudgement, judgeSoak } from './judge-soak.js';
import { planSoak } from './plan.js';
import { runSoak } from './run-soak.js';
import { summarise } from './summary.js';

const usage =
  'usage: npm run soak -- [--seed n] [--agents n] [--processes n] [--rounds n] [--orders n per round] [--pace milliseconds]';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
    agents: { type: 'string', default: '50' },
    processes: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '30' },
    orders: { type: 'string', default: '400' },
    pace: { type: 'string', default: '5' },
  },
});

/** A number of the command line. */
function numberOf(name: keyof typeof values, least: number): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`--${name} must be a whole number of at least ${least}, got ${values[name]}\n${usage}`);
  process.exit(2);
}

const plan = planSoak({
  seed: numberOf('seed', 0),
  agents: numberOf('agents', 5),
  processes: numberOf('processes', 0),
  rounds: numberOf('rounds', 1),
  ordersPerRound: numberOf('orders', 1),
});
console.log(`seed ${plan.seed}: ${plan.agents.length} agents in ${plan.processes + 1} processes`);
const folder = await mkdtemp(join(tmpdir(), 'agentnet-soak-'));
const { DATABASE_URL: url } = process.env;
try {
  const evidence = await runSoak(plan, {
    database: url ? { DATABASE_URL: url } : { AGENTNET_DATA_DIR: join(folder, 'db') },
    paceMs: numberOf('pace', 0),
    onProgress: (text) => console.log(text),
  });
  const judgement = judgeSoak(evidence);
  console.log(JSON.stringify(summarise(evidence), null, 2));
  console.log(describeJudgement(plan.seed, judgement));
  process.exitCode = judgement.violations.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
