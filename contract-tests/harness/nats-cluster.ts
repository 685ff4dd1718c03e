import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { exited } from './exited.js';
import { freePorts } from './free-ports.js';

/** One server of a cluster on this machine. */
export interface ClusterMember {
  readonly name: string;
  readonly port: number;
  readonly routePort: number;
  /** A folder of its own. */
  readonly folder: string;
}

/** nats-server processes that know each other. */
export interface NatsCluster extends AsyncDisposable {
  readonly members: readonly ClusterMember[];
  /** Ends a member with SIGKILL. */
  kill(name: string): Promise<void>;
}

/** Makes the configuration of one server; it is called again with other ports when somebody took one. */
type Configure = (member: ClusterMember, others: readonly ClusterMember[]) => string;

const attempts = 5;

/**
 * Starts as many servers as there are names, each with the configuration made for it. They listen, and are ready once a leader is
 * elected, which whoever needs JetStream waits for.
 */
export async function startNatsCluster(names: readonly string[], configure: Configure): Promise<NatsCluster> {
  const refusals: string[] = [];
  while (refusals.length < attempts) {
    const home = await mkdtemp(join(tmpdir(), 'agentnet-cluster-'));
    const members = await choosePorts(names, home);
    const cluster = new RunningCluster(home, members);
    try {
      const refusal = await cluster.start(configure);
      if (refusal === undefined) return cluster;
      refusals.push(refusal);
    } catch (cause) {
      await cluster[Symbol.asyncDispose]();
      throw cause;
    }
    await cluster[Symbol.asyncDispose]();
  }
  throw new Error(`the cluster of ${names.join(', ')} did not start: ${refusals.join('; ')}`);
}

class RunningCluster implements NatsCluster {
  readonly members: readonly ClusterMember[];
  readonly #home: string;
  readonly #running = new Map<string, ChildProcess>();

  constructor(home: string, members: readonly ClusterMember[]) {
    this.#home = home;
    this.members = members;
  }

  /** Gives what a server complained of that ended instead of listening. */
  async start(configure: Configure): Promise<string | undefined> {
    for (const member of this.members) {
      const others = this.members.filter((one) => one !== member);
      const file = `${member.folder}.conf`;
      await writeFile(file, configure(member, others));
      const args = ['-c', file, '--log', `${member.folder}.log`, '--ports_file_dir', this.#home];
      const child = spawn('nats-server', args, { stdio: 'ignore' });
      child.on('error', () => undefined); // it has no pid then
      this.#running.set(member.name, child);
    }
    const refusals = await Promise.all(this.members.map((member) => this.#listening(member)));
    return refusals.find((refusal) => refusal !== undefined);
  }

  async kill(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (!child) throw new Error(`the cluster has no server ${name}`);
    child.kill('SIGKILL');
    await exited(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.kill(name)));
    await rm(this.#home, { recursive: true, force: true });
  }

  /** A server that listens on all of its ports writes them into a file. */
  async #listening({ name, folder }: ClusterMember): Promise<string | undefined> {
    const child = this.#running.get(name);
    const hasEnded = (): boolean => child?.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    const ports = join(this.#home, `nats-server_${child?.pid}.ports`);
    await eventually(() => hasEnded() || existsSync(ports), { timeoutMs: 30_000, what: `the ports of ${name}` });
    if (!hasEnded()) return undefined;
    const log = await readFile(`${folder}.log`, 'utf8').catch(() => 'no log');
    return `${name} ended: ${log.trim().split('\n').at(-1)}`;
  }
}

/** Each must know the ports of the others before any of them runs; until then somebody else can take them. */
async function choosePorts(names: readonly string[], home: string): Promise<ClusterMember[]> {
  const ports = await freePorts(2 * names.length);
  return names.map((name, index) => ({
    name,
    port: ports[2 * index] ?? 0,
    routePort: ports[2 * index + 1] ?? 0,
    folder: join(home, name),
  }));
}
