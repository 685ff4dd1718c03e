import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { eventually } from '../../harness/eventually.js';
import { exited } from '../../harness/exited.js';
import { whyNoObservation } from './check-observation.js';
import type { Observation, ObservationOf, PeerCommand } from './peer-protocol.js';

/** How an implementation under test is started: a command line, run by the shell's rules. */
export interface PeerProgram {
  /** Shown in reports, for instance `python`. */
  readonly name: string;
  readonly command: string;
  /** Further environment of its processes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the lines to and from a peer pass through when it is made to look faulty. */
export interface Passage {
  command(told: PeerCommand): PeerCommand;
  observation(seen: Observation): Observation;
}

/** The peer broke the peer protocol: no rule of the network, but it cannot be judged. */
export class PeerProtocolError extends Error {
  override readonly name = 'PeerProtocolError';
}

/** A process that plays agents: one at a time, as told on its stdin. */
export class PeerProcess implements AsyncDisposable {
  readonly observations: Observation[] = [];
  /** Only mutants have one. */
  passage: Passage | undefined;
  readonly #child: ChildProcess;
  readonly #program: PeerProgram;
  #stderr = '';
  #broken: string | undefined;
  #lastId = 0;

  private constructor(program: PeerProgram) {
    this.#program = program;
    this.#child = spawn(program.command, {
      shell: true,
      // A group of its own, so that the shell and what it starts end together.
      detached: true,
      env: { ...process.env, ...program.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4000);
    });
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line));
  }

  /** Starts a process and waits for its hello line. */
  static async start(program: PeerProgram): Promise<PeerProcess> {
    const peer = new PeerProcess(program);
    try {
      await peer.next('hello', () => true, 60_000);
      return peer;
    } catch (cause) {
      await peer[Symbol.asyncDispose]();
      throw cause;
    }
  }

  get hello(): ObservationOf<'hello'> {
    const hello = this.observations.find(({ saw }) => saw === 'hello');
    if (!hello) throw this.#error('has said no hello');
    return hello as ObservationOf<'hello'>;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#broken === undefined;
  }

  /** Writes one command; returns its id. */
  tell(command: PeerCommand): number {
    this.#lastId += 1;
    const passed = this.passage?.command(command) ?? command;
    this.#child.stdin?.write(`${JSON.stringify({ id: this.#lastId, ...passed })}\n`);
    return this.#lastId;
  }

  /** The first observation of that kind that fits. */
  async next<S extends Observation['saw']>(
    saw: S,
    where: (seen: ObservationOf<S>) => boolean,
    timeoutMs = 20_000,
  ): Promise<ObservationOf<S>> {
    const fits = (seen: Observation): seen is ObservationOf<S> => seen.saw === saw && where(seen as ObservationOf<S>);
    return this.until((seen) => seen.find(fits), `the observation "${saw}"`, timeoutMs);
  }

  /** Waits until what was observed gives a value. */
  async until<T>(read: (seen: readonly Observation[]) => T | undefined, what: string, timeoutMs = 20_000): Promise<T> {
    const found = await eventually(() => read(this.observations) ?? (this.isAlive ? undefined : 'ended'), {
      until: (value) => value !== undefined,
      timeoutMs,
      what: `${what} of the peer ${this.#program.name}`,
    });
    if (found === 'ended') throw this.#error(`ended before ${what}`);
    return found as T;
  }

  /** The answer to a command: the observation with its id, an `error` included. */
  async answer(id: number, isLast: (seen: Observation) => boolean, timeoutMs = 60_000): Promise<Observation> {
    const fits = (seen: Observation): boolean => 're' in seen && seen.re === id && isLast(seen);
    return this.until((seen) => seen.find(fits), `an answer to command ${id}`, timeoutMs);
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await exited(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.kill();
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    const value = parsed(line);
    const why = value === undefined ? 'it is not JSON' : whyNoObservation(value);
    if (why === undefined)
      this.observations.push(this.passage?.observation(value as Observation) ?? (value as Observation));
    else this.#broken ??= `printed a line that is no observation (${why}): ${line.slice(0, 500)}`;
  }

  #error(what: string): PeerProtocolError {
    const broken = this.#broken ? `; it ${this.#broken}` : '';
    return new PeerProtocolError(
      `the peer ${this.#program.name} ${what}${broken}; its stderr ends:\n${this.#stderr.trimEnd()}`,
    );
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
