import { describe, expect, test } from 'vitest';
import { measureCalls, measureClosed, median, summarise } from '../src/measure.js';
import { type LoopClock, measureOpen } from '../src/open-loop.js';
import { compare } from '../src/run.js';

describe('measuring', () => {
  test('given an even number of values, when the median is taken, then it is the mean of the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('given a hundred latencies, when they are summarised, then percentiles are of the sorted row and the last is the maximum', () => {
    const latencies = Float64Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(summarise(latencies, 1000)).toEqual({ perSecond: 100, p50: 51, p95: 96, p99: 100, max: 100, count: 100 });
  });

  test('given calls in flight, when they are measured, then each is made once and never more than asked at once', async () => {
    let calls = 0;
    let atOnce = 0;
    let most = 0;
    const call = async () => {
      calls += 1;
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
    };
    const sample = await measureCalls(call, 4, 50);
    expect({ calls, most, count: sample.count }).toEqual({ calls: 50, most: 4, count: 50 });
  });

  test('given no time at all, when a closed loop runs, then each lane makes one call', async () => {
    expect((await measureClosed(async () => {}, { inFlight: 3, seconds: 0 })).count).toBe(3);
  });
});

/** Time that passes when somebody waits, or a call says so. */
class StoppedClock implements LoopClock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  async until(at: number): Promise<void> {
    // What was called before is through by then.
    await new Promise(setImmediate);
    this.#now = Math.max(this.#now, at);
  }

  pass(ms: number): void {
    this.#now += ms;
  }
}

describe('an open loop', () => {
  test('given a constant rate, when it runs, then calls are made when they are due and not faster', async () => {
    const clock = new StoppedClock();
    const madeAt: number[] = [];
    const call = async () => void madeAt.push(clock.now());
    await measureOpen(call, { perSecond: 100, seconds: 0.05 }, clock);
    expect(madeAt).toEqual([0, 10, 20, 30, 40]);
  });

  test('given a stall of one call, when the others were due meanwhile, then their latencies count from when they were due', async () => {
    const clock = new StoppedClock();
    let calls = 0;
    // The first one keeps the process busy for 35 ms, as a long garbage collection does.
    const call = async () => {
      if (calls++ === 0) clock.pass(35);
    };
    const { max, p50 } = await measureOpen(call, { perSecond: 100, seconds: 0.05 }, clock);
    expect({ max, p50 }).toEqual({ max: 35, p50: 15 });
  });
});

describe('comparing', () => {
  test('given rounds of all sides, when they are compared, then the ratio is the median of the rounds and the first round does not count', async () => {
    const rates = { ours: [1, 10, 20, 30], raw: [1000, 10, 10, 10], other: [1000, 5, 5, 5] };
    const order: string[] = [];
    const side = (name: keyof typeof rates) => async () => {
      order.push(name);
      return { perSecond: rates[name].shift() ?? 0, p50: 1, p95: 1, p99: 1, max: 1 };
    };
    const result = await compare(
      { name: 'n', kind: 'calls', ours: side('ours'), raw: side('raw'), beside: { other: side('other') } },
      { repetitions: 3 },
    );
    expect(result.ratios).toEqual([
      { perSecond: 2, p50: 1, p95: 1, p99: 1 },
      { perSecond: 4, p50: 1, p95: 1, p99: 1 },
    ]);
    expect(result.sides.map((one) => [one.side, one.samples.length])).toEqual([
      ['AgentNet', 3],
      ['raw', 3],
      ['other', 3],
    ]);
    expect(order.slice(0, 6)).toEqual(['ours', 'raw', 'other', 'ours', 'raw', 'other']);
  });

  test.runIf(process.platform === 'linux')(
    'given a process that works, when its side is measured, then its processor time and memory are told',
    async () => {
      const busy = async () => {
        const end = process.cpuUsage().user + 30_000;
        while (process.cpuUsage().user < end);
        return { perSecond: 1, p50: 1, p95: 1, p99: 1, max: 1, count: 10 };
      };
      const { sides } = await compare(
        { name: 'n', kind: 'calls', ours: busy, raw: busy, warmUp: false },
        { repetitions: 1, processes: () => ({ asking: process.pid }) },
      );
      const { microseconds = 0, memoryMiB = 0 } = sides[0]?.processes.asking ?? {};
      expect(microseconds).toBeGreaterThan(500);
      expect(memoryMiB).toBeGreaterThan(10);
    },
  );
});
