import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A real nats-server of this test file. */
export class NatsServer {
  #process: ChildProcessByStdio<null, null, Readable> | undefined;
  readonly #args: readonly string[];
  #port = -1;

  constructor(...args: string[]) {
    this.#args = args;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** Starts it, the second time on the port it had the first time. */
  async start(): Promise<this> {
    const child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(this.#port), ...this.#args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    for await (const line of createInterface(child.stderr)) {
      const [, port] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port !== undefined) this.#port = Number(port);
      if (line.includes('Server is ready')) break;
    }
    child.stderr.resume();
    return this;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
