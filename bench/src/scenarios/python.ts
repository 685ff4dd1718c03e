import type { Sample } from '../measure.js';
import { processCpuSeconds } from '../process-cpu.js';
import { type PythonProcess, startPython } from '../python-process.js';
import type { Comparison, Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';

/** What the calling side can be asked to do, and the process that answers it. */
type Calls = Readonly<Record<'ask' | 'raw' | 'a2a', PythonProcess>>;

/** A request and its reply between two Python agents, beside bare nats-py and beside an echo over HTTP; three processes, all Python. */
export const python: Scenario = {
  name: 'python',
  about: 'request and reply between two Python agents, beside bare nats-py and beside A2A-style JSON-RPC over HTTP',
  async prepare({ natsUrl }, { quick }) {
    const [responder, server] = await Promise.all([startPython('responder', natsUrl), startPython('a2a_server')]);
    const { accountId, echoSubject } = responder.hello;
    const body = new TextDecoder().decode(messageBody());
    const addresses = { natsUrl, accountId, echoSubject, httpUrl: server.hello['url'], body };
    const load = await startPython('load', JSON.stringify(addresses));
    const calls: Calls = { ask: responder, raw: responder, a2a: server };
    const made = (call: keyof Calls, inFlight: number, count: number) => async (): Promise<Sample> =>
      (await load.ask({ call, inFlight, count: quick ? Math.ceil(count / 10) : count })) as Sample;
    const latencies = (
      name: string,
      beside: 'raw' | 'a2a',
      [inFlight, count]: readonly [number, number],
    ): Comparison => ({
      name,
      kind: 'calls',
      ours: made('ask', inFlight, count),
      raw: made(beside, inFlight, count),
    });
    return {
      comparisons: [
        latencies('1 in flight, raw', 'raw', [1, 1000]),
        latencies('64 in flight, raw', 'raw', [64, 3000]),
        latencies('64 in flight, HTTP', 'a2a', [64, 3000]),
        ...processorLoads(load, calls, quick),
      ],
      async close() {
        await Promise.all([load, responder, server].map((process) => process.stop()));
      },
    };
  },
};

/** Calls per second of processor time of both sides together: what other programs on the machine do to it hardly shows. */
function processorLoads(load: PythonProcess, calls: Calls, quick: boolean): Comparison[] {
  if (processCpuSeconds(load.pid) === undefined) return [];
  const count = quick ? 300 : 3000;
  const spent = (call: keyof Calls) => async (): Promise<Sample> => {
    const seconds = (): number => [load, calls[call]].reduce((sum, { pid }) => sum + (processCpuSeconds(pid) ?? 0), 0);
    const before = seconds();
    await load.ask({ call, inFlight: 64, count });
    // The kernel counts in hundredths of a second.
    return { perSecond: count / Math.max(seconds() - before, 0.01), p50: 0, p95: 0, p99: 0, max: 0 };
  };
  const beside = { raw: 'raw', a2a: 'HTTP' } as const;
  return (['raw', 'a2a'] as const).map((call) => ({
    name: `64 in flight, ${beside[call]}, processor`,
    kind: 'processor',
    ours: spent('ask'),
    raw: spent(call),
  }));
}
