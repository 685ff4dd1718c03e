import type { NatsConnection, QueuedIterator, Status } from '@nats-io/nats-core';

/** Calls `onReconnect` each time the connection is back, until what it answers is called: from then on the connection holds no listener of it. */
export function followReconnects(connection: NatsConnection, onReconnect: () => void): () => void {
  // Declared as an iterable only; but a `return` of its iterator would wait for the next status, so `stop` alone ends it at once.
  const statuses = connection.status() as QueuedIterator<Status>;
  const follow = async () => {
    for await (const { type } of statuses) if (type === 'reconnect') onReconnect();
  };
  void follow();
  return () => statuses.stop();
}
