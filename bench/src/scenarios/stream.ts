import { AgentNode } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { secondsOf } from '../call-loads.js';
import { measureBulk, type Sample, summarise } from '../measure.js';
import type { Comparison, Scenario } from '../scenario.js';

/** Starts one answer in pieces; gives its text piece by piece. */
type Ask = (pieces: number) => AsyncIterable<unknown>;

/** A streamed answer, beside the same pieces published one by one to a bare inbox. */
export const stream: Scenario = {
  name: 'stream',
  about:
    'a streamed answer until its first delta and as a whole, beside the same pieces published one by one by bare NATS',
  budgetSeconds: 35,
  async prepare({ natsUrl, responder }, { quick }) {
    const agent = new AgentNode({ agentId: 'bench_stream_reader', natsUrl });
    await agent.start();
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-stream-reader' });
    const ours: Ask = (pieces) => agent.askStream({ to: responder.accountId, payload: { pieces } });
    const raw: Ask = (pieces) => rawStream(connection, responder.streamSubject, pieces);
    return {
      comparisons: [
        firstDelta({ ours, raw }, quick),
        whole({ ours, raw }, { streams: 1, pieces: quick ? 100 : 20_000 }),
        whole({ ours, raw }, { streams: 16, pieces: quick ? 100 : 4000 }),
      ],
      async close() {
        await agent.close();
        await connection.close();
      },
    };
  },
};

interface Asks {
  readonly ours: Ask;
  readonly raw: Ask;
}

/** The time to the first piece of short answers, one after the other; the rate counts whole answers. */
function firstDelta({ ours, raw }: Asks, quick: boolean): Comparison {
  const measure = async (ask: Ask, seconds: number): Promise<Sample> => {
    const latencies: number[] = [];
    const begun = performance.now();
    while (performance.now() < begun + seconds * 1000) {
      const at = performance.now();
      let isFirst = true;
      for await (const _piece of ask(1)) {
        if (isFirst) latencies.push(performance.now() - at);
        isFirst = false;
      }
    }
    return summarise(Float64Array.from(latencies), performance.now() - begun);
  };
  return {
    name: 'first delta',
    kind: 'calls',
    ours: (round) => measure(ours, secondsOf(round, 2, quick)),
    raw: (round) => measure(raw, secondsOf(round, 2, quick)),
  };
}

/** Pieces a second until the last one is there; the source never waits. */
function whole({ ours, raw }: Asks, { streams, pieces }: { streams: number; pieces: number }): Comparison {
  const read = async (answer: AsyncIterable<unknown>): Promise<void> => {
    for await (const _piece of answer);
  };
  const measure = (ask: Ask) => () =>
    measureBulk(() => Promise.all(Array.from({ length: streams }, () => read(ask(pieces)))), streams * pieces);
  const name = `${streams} × ${pieces.toLocaleString('en')} deltas`;
  return { name, kind: 'bulk', ours: measure(ours), raw: measure(raw) };
}

async function* rawStream(connection: NatsConnection, subject: string, pieces: number): AsyncGenerator<Uint8Array> {
  const inbox = `_INBOX.bench.${crypto.randomUUID()}`;
  const subscription = connection.subscribe(inbox);
  connection.publish(subject, String(pieces), { reply: inbox });
  for await (const { data } of subscription) {
    if (data.length === 0) break;
    yield data;
  }
}
