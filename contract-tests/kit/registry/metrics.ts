import { eventually } from '../../harness/eventually.js';
import { registryScenario, type Scenario } from '../core/scenario.js';
import { ask } from './asking.js';

const metrics = registryScenario(
  {
    id: 'discovery.metrics',
    title: 'given a registry, when its metrics are read twice, then all keys are there and the calls are counted',
    cases: ['S-07'],
    rules: ['discovery.metrics.reply', 'discovery.metrics.counted'],
  },
  async (stage) => {
    const { client, judge } = stage;
    const first = await ask(stage, 'discovery.metrics.reply', ['metrics']);
    const again = eventually(() => client.ask('metrics'), { until: ({ server_id }) => server_id === first.server_id });
    const second = await judge.comes('discovery.metrics.reply', 'metrics of the same registry', again);
    const keys = [
      'db_write_queue',
      'generated_at',
      'handlers',
      'latency_ms',
      'server_id',
      'store_enabled',
      'window_size',
    ];
    judge.holds(
      'discovery.metrics.reply',
      keys.every((key) => key in second),
      `the keys ${keys.join(', ')}`,
      Object.keys(second),
    );
    const grown = Number(second.handlers['metrics']?.calls) - Number(first.handlers['metrics']?.calls ?? 0);
    judge.holds('discovery.metrics.counted', grown >= 1, 'a call more at least', grown);
  },
);

/** What a registry tells of itself. */
export const metricsScenarios: readonly Scenario[] = [metrics];
