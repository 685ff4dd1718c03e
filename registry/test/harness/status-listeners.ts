import type { NatsConnection } from '@nats-io/nats-core';

/** How many loops over its status the connection feeds. nats-core shows that nowhere, so this looks inside. */
export function statusListeners(connection: NatsConnection): number {
  const { protocol } = connection as unknown as { protocol: { listeners: readonly unknown[] } };
  return protocol.listeners.length;
}
