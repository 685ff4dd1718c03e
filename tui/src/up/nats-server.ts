import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { ProtocolError } from '@agentnet/protocol';
import { guardScript } from './guard-script.js';
import { type NatsServerSettings, writeNatsConfig } from './write-nats-config.js';

export interface RunningNatsServer {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the server has ended, with its last log lines. */
  readonly stopped: Promise<string>;
  stop(): Promise<void>;
  /** Ends it at once, without leaving the stream store in order. */
  kill(): void;
}

const readyLine = /Server is ready/;
const listeningLine = /Listening for client connections on .*:(\d+)$/;
const portTakenLine = /address already in use/;
const keptLogLines = 8;
const startTimeoutMs = 10_000;
const stopTimeoutMs = 7_000;

/**
 * Starts nats-server with JetStream and token as a child that ends with us in every case.
 *
 * @throws {ProtocolError} `port_in_use`, `nats_server_failed`
 */
export async function startNatsServer(program: string, settings: NatsServerSettings): Promise<RunningNatsServer> {
  const config = await writeNatsConfig(settings);
  // Its own process group: Ctrl-C in a terminal reaches us only, and we stop the parts in order.
  const guard = spawn('sh', ['-c', guardScript, 'sh', program, '-c', config], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // Should the guard itself be killed, nothing of its group stays.
  guard.once('exit', () => killGroup(guard));
  const log: string[] = [];
  const stopped = once(guard, 'exit').then(
    () => log.join('\n'),
    (cause: Error) => cause.message,
  );
  try {
    const { pid, port } = await untilReady(guard, log, stopped);
    return { pid, port, stopped, stop: () => stop(guard, stopped), kill: () => killGroup(guard) };
  } catch (cause) {
    killGroup(guard);
    if (cause instanceof ProtocolError && cause.code === 'port_in_use') {
      throw new ProtocolError('port_in_use', `port ${settings.port} of ${settings.host} is taken`);
    }
    throw cause;
  }
}

function untilReady(
  guard: ChildProcess,
  log: string[],
  stopped: Promise<string>,
): Promise<{ pid: number; port: number }> {
  return new Promise((resolve, reject) => {
    const fail = (detail: string) => reject(new ProtocolError('nats_server_failed', detail));
    const timer = setTimeout(fail, startTimeoutMs, `nats-server was not ready after ${startTimeoutMs} ms`);
    void stopped.then((lastLines) => {
      clearTimeout(timer);
      fail(`nats-server stopped while starting:\n${lastLines}`);
    });
    let pid = 0;
    let port = 0;
    let isReady = false;
    const settle = () => {
      if (!isReady || pid === 0) return;
      clearTimeout(timer);
      resolve({ pid, port });
    };
    createInterface({ input: guard.stdout as Readable }).once('line', (line) => {
      pid = Number(line);
      settle();
    });
    createInterface({ input: guard.stderr as Readable }).on('line', (line) => {
      log.push(line);
      if (log.length > keptLogLines) log.shift();
      port = Number(listeningLine.exec(line)?.[1] ?? port);
      if (portTakenLine.test(line)) reject(new ProtocolError('port_in_use', line));
      isReady ||= readyLine.test(line);
      settle();
    });
  });
}

async function stop(guard: ChildProcess, stopped: Promise<string>): Promise<void> {
  const lifeline = guard.stdio[3] as Writable;
  lifeline.destroy();
  const timer = setTimeout(() => killGroup(guard), stopTimeoutMs);
  await stopped;
  clearTimeout(timer);
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}
