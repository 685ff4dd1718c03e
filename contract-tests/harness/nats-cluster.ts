import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exited } from './exited.js';

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

/**
 * Starts as many servers as there are names, each with the configuration made for it. They are ready once a leader is elected, which
 * whoever needs JetStream waits for.
 */
export async function startNatsCluster(
  names: readonly string[],
  configure: (member: ClusterMember, others: readonly ClusterMember[]) => string,
): Promise<NatsCluster> {
  const home = await mkdtemp(join(tmpdir(), 'agentnet-cluster-'));
  // Each must know the ports of the others before any of them runs.
  const ports = await freePorts(2 * names.length);
  const members = names.map((name, index) => ({
    name,
    port: ports[2 * index] ?? 0,
    routePort: ports[2 * index + 1] ?? 0,
    folder: join(home, name),
  }));
  const running = new Map<string, ChildProcess>();
  for (const member of members) {
    const file = `${member.folder}.conf`;
    const others = members.filter((one) => one !== member);
    await writeFile(file, configure(member, others));
    running.set(member.name, spawn('nats-server', ['-c', file], { stdio: 'ignore' }));
  }
  const kill = async (name: string): Promise<void> => {
    const child = running.get(name);
    if (!child) throw new Error(`the cluster has no server ${name}`);
    child.kill('SIGKILL');
    await exited(child);
  };
  return {
    members,
    kill,
    async [Symbol.asyncDispose]() {
      await Promise.all(names.map(kill));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** All at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
