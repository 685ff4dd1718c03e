import { connect as connectSocket } from 'node:net';

/** Where a server listens. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Waits until one of the servers has spoken: a NATS server greets first. The NATS client never closes its socket to a server that
 * accepts and stays silent, which would keep the process alive, so that case is found out before the client is asked.
 *
 * @throws {Error} the last server's failure, when none has spoken
 */
export async function awaitGreeting(servers: readonly HostAndPort[], signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  try {
    await Promise.any(servers.map((server) => greetingOf(server, either)));
  } catch (cause) {
    throw cause instanceof AggregateError ? cause.errors.at(-1) : cause;
  } finally {
    enough.abort();
  }
}

function greetingOf({ host, port }: HostAndPort, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, signal });
    socket.once('data', () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server hung up without a greeting')));
  });
}
