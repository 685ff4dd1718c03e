import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NatsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real server, by default with JetStream, on the loopback interface and a free port, with a folder of its own. */
export async function startNatsServer({
  token,
  port = -1,
  jetstream = true,
}: {
  token?: string;
  port?: number;
  jetstream?: boolean;
} = {}): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-nats-'));
  const auth = token === undefined ? [] : ['--auth', token];
  const storage = jetstream ? ['-js', '-sd', folder] : [];
  const child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), ...storage, ...auth], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await listeningAddress(child);
  return {
    url: token === undefined ? `nats://${address}` : `nats://${token}@${address}`,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function listeningAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nats-server ended:\n${output}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const address = /Listening for client connections on (\S+)/.exec(output)?.[1];
      if (address !== undefined && output.includes('Server is ready')) resolve(address);
    });
  });
}
