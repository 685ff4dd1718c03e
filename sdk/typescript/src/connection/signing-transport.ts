import type { MessageHeaders, Transport } from '@agentnet/protocol';
import { createInbox } from '@nats-io/nats-core';
import type { Place } from '../identity/detached-text.js';
import type { NatsTransport } from './nats-transport.js';

/** Puts headers on everything sent, chosen by where it goes. A request gets a reply subject of its own, which the headers can then cover. */
export function signingTransport(inner: NatsTransport, headersFor: (place: Place) => MessageHeaders): Transport {
  return {
    request: (subject, body, options) => {
      const reply = createInbox();
      return inner.request(subject, body, { ...options, reply, headers: headersFor({ subject, reply, body }) });
    },
    publish: (subject, body) => inner.publish(subject, body, { headers: headersFor({ subject, body }) }),
    subscribe: inner.subscribe,
  };
}
