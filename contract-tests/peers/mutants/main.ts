import type { PublishOptions, SubscriptionOptions } from '@nats-io/nats-core';
import { NatsConnectionImpl } from '@nats-io/nats-core/internal';
import { playPeer } from '../typescript/peer.js';
import type { Fault, Outgoing } from './fault.js';
import { faultyAgents } from './faulty-agents.js';

const { AGENTNET_MUTANT: name = '' } = process.env;
const mutant = faultyAgents.find((each) => each.name === name);
if (!mutant) throw new Error(`AGENTNET_MUTANT names no mutant: ${name}`);
spoilConnections(mutant.fault);
playPeer(`mutant ${name}`, mutant.fault.options);

/** Puts the fault between the SDK and every connection it makes. */
function spoilConnections({ outgoing, queue, hears }: Fault): void {
  const { publish, subscribe } = NatsConnectionImpl.prototype;
  NatsConnectionImpl.prototype.publish = function spoilt(subject, data, options) {
    const frame = readFrame(subject, data, options);
    if (!frame || !outgoing) return publish.call(this, subject, data, options);
    for (const { subject: to, json, reply } of outgoing(frame))
      publish.call(this, to, JSON.stringify(json), { ...options, ...(reply && { reply }) });
  };
  NatsConnectionImpl.prototype.subscribe = function spoilt(subject, options: SubscriptionOptions = {}) {
    const { queue: told, callback, ...rest } = options;
    const group = queue ? queue(subject, told) : told;
    const times = hears?.(subject) ?? 1;
    const heard: SubscriptionOptions['callback'] =
      callback &&
      ((...message) => {
        for (let count = 0; count < times; count += 1) callback(...message);
      });
    return subscribe.call(this, subject, {
      ...rest,
      ...(group && { queue: group }),
      ...(heard && { callback: heard }),
    });
  };
}

/** Only JSON objects are spoilt, and never what belongs to the NATS client itself. */
function readFrame(subject: string, data: unknown, options?: PublishOptions): Outgoing | undefined {
  if (subject.startsWith('$') || data === undefined) return undefined;
  try {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data as Uint8Array);
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
    return { subject, reply: options?.reply, json: json as Record<string, unknown> };
  } catch {
    return undefined;
  }
}
