import type { Figures, ScenarioFigures } from '../src/figures.js';
import type { Sample } from '../src/measure.js';
import type { Result } from '../src/run.js';

/** Three rounds of one value, in a row's figures. */
export function aSide(side: string, sample: Partial<Sample>): Result['sides'][number] {
  const full = { perSecond: 1, p50: 1, p95: 2, p99: 3, max: 4, ...sample };
  return {
    side,
    samples: [full, full, full],
    processes: { asking: { corePercent: 50, microseconds: 7, memoryMiB: 80 } },
  };
}

/** A row of calls in which AgentNet takes twice as long as raw. */
export function aResult(changes: Partial<Result> = {}): Result {
  return {
    name: '1 in flight',
    kind: 'calls',
    loop: 'closed',
    sides: [aSide('AgentNet', { perSecond: 500, p50: 2 }), aSide('raw', { perSecond: 1000 })],
    ratios: [{ perSecond: 0.5, p50: 2, p95: 1, p99: 1 }],
    ...changes,
  };
}

export function aScenario(changes: Partial<ScenarioFigures> = {}): ScenarioFigures {
  return {
    name: 'ask',
    about: 'one beside the other',
    status: 'measured',
    measuredAt: '2026-01-02T03:04:05.678Z',
    seconds: 3,
    results: [aResult()],
    notes: [],
    ...changes,
  };
}

export function someFigures(...scenarios: ScenarioFigures[]): Figures {
  return {
    machine: {
      processor: 'a processor',
      cores: 2,
      memoryGiB: 4,
      platform: 'linux x64',
      node: 'v20.0.0',
      python: 'Python 3.11.0',
      natsServer: 'nats-server: v2.0.0',
      database: 'postgres (PostgreSQL) 15.0',
      loadBefore: 0.25,
    },
    repetitions: 3,
    quick: false,
    scenarios,
  };
}
