import { setTimeout as pause } from 'node:timers/promises';
import { limits, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { secondsOf } from '../call-loads.js';
import { only, type Sample } from '../measure.js';
import { processCpuSeconds } from '../process-cpu.js';
import { type Prepared, type Scenario, Unavailable } from '../scenario.js';
import { fillAgents, filledAccount, filledUsername } from './filled-agents.js';

const slotMs = 50;
const settleMs = 2 * limits.helloFlushMs;
export const presentAgents = 10_000;
const seconds = 6;

/** Hellos of many agents at the rate of their heartbeats: what they cost the registry's process, beside a plain subscriber. */
export const presence: Scenario = {
  name: 'presence',
  about: 'processor time for the hellos of 10,000 agents, beside a plain subscriber (needs Linux and PostgreSQL)',
  budgetSeconds: 60,
  async prepare({ natsUrl, postgresUrl, registryPid, responder }, { quick }): Promise<Prepared> {
    if (!postgresUrl || processCpuSeconds(process.pid) === undefined)
      throw new Unavailable('needs Linux and PostgreSQL');
    await fillAgents(postgresUrl, presentAgents);
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-presence' });
    const speaker = new HelloSpeaker(connection);
    return {
      comparisons: [
        {
          name: `${presentAgents.toLocaleString('en')} agents`,
          kind: 'processor',
          ours: (round) =>
            speaker.measure({ subject: subjects.registryHello, pid: registryPid }, secondsOf(round, seconds, quick)),
          raw: (round) =>
            speaker.measure({ subject: responder.helloSubject, pid: responder.pid }, secondsOf(round, seconds, quick)),
        },
      ],
      close: () => connection.close(),
    };
  },
};

interface Listener {
  readonly subject: string;
  readonly pid: number;
}

/** Says hello for one agent after the other, each once in a heartbeat. */
class HelloSpeaker {
  readonly #connection: NatsConnection;
  #next = 0;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** `perSecond` is hellos per second of the listener's processor time. */
  async measure({ subject, pid }: Listener, seconds: number): Promise<Sample> {
    const rate = presentAgents / limits.heartbeatIntervalSeconds;
    const count = Math.ceil(rate * seconds);
    const before = processCpuSeconds(pid) ?? 0;
    const begun = performance.now();
    for (let sent = 0; sent < count; await pause(slotMs)) {
      const due = Math.min(count, Math.ceil(((performance.now() - begun) / 1000) * rate));
      for (; sent < due; sent++) this.#connection.publish(subject, hello(this.#next++ % presentAgents));
    }
    await this.#connection.flush();
    await pause(settleMs);
    const used = (processCpuSeconds(pid) ?? 0) - before;
    return { ...only(count / Math.max(used, 0.01)), count };
  }
}

function hello(index: number): string {
  return JSON.stringify({
    agent_id: filledUsername(index),
    name: `Bench ${index}`,
    session_tag: `bench_tag_${index}`,
    account_id: filledAccount(index),
    username: filledUsername(index),
    capabilities: ['chat', 'mesh.agent'],
    metadata: { model: 'small', region: 'eu-west-1', version: 7 },
    last_seen: new Date().toISOString(),
  });
}
