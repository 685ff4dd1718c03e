import { type AgentNetError, TransportError, toAgentNetError } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Logger } from 'pino';
import type { RunningHistory } from './history/index.js';
import type { Teardown } from './teardown.js';

/** A registry that serves. */
export interface RunningRegistry {
  readonly serverId: string;
  /** Port of the health endpoint, when one was asked for. */
  readonly httpPort?: number;
  /** Answers what was asked, writes what was absorbed and lets go of NATS and the database. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the registry ended by itself. */
  readonly stopped: Promise<void>;
}

export interface Supervised {
  readonly serverId: string;
  readonly httpPort: number | undefined;
  readonly log: Logger;
  readonly teardown: Teardown;
  readonly connection: NatsConnection;
  readonly history: RunningHistory;
}

/** Ends the registry when NATS is lost for good or the history writer dies: a process that looks alive and is not helps nobody. */
export function supervise({ serverId, httpPort, log, teardown, connection, history }: Supervised): RunningRegistry {
  let stopping = false;
  let settle: (error?: unknown) => void = () => {};
  const stopped = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  // Whoever does not wait for `stopped` must not be ended by it.
  stopped.catch(() => {});

  const stop = async (): Promise<void> => {
    stopping = true;
    await teardown.run();
    settle();
    await stopped;
  };
  const fail = async (error: AgentNetError): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.fatal({ event: 'registry_failed', code: error.code, err: error }, error.message);
    await teardown.run();
    settle(error);
  };

  connection.closed().then((cause) => fail(lostConnection(cause)));
  history.failed.then(fail);
  return { serverId, ...(httpPort !== undefined && { httpPort }), stop, stopped };
}

function lostConnection(cause: unknown): AgentNetError {
  const detail = 'the connection to NATS is lost for good';
  if (!(cause instanceof Error)) return new TransportError('connection_closed', detail);
  return new TransportError(toAgentNetError(cause).code, `${detail}: ${cause.message}`, { cause });
}
