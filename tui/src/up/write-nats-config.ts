import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface NatsServerSettings {
  host: string;
  /** 0 takes any free port. */
  port: number;
  token: string;
  /** Absolute path; the server keeps its streams in its folder `nats`. */
  dataDir: string;
}

/** Writes the server's configuration, readable by the owner only: it holds the token, which a command line would show to everybody. */
export async function writeNatsConfig({ host, port, token, dataDir }: NatsServerSettings): Promise<string> {
  const storeDir = join(dataDir, 'nats');
  await mkdir(storeDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'nats-server.conf');
  const lines = [
    `host: ${JSON.stringify(host)}`,
    // The server's own word for "any free port" is -1.
    `port: ${port === 0 ? -1 : port}`,
    `jetstream { store_dir: ${JSON.stringify(storeDir)} }`,
    `authorization { token: ${JSON.stringify(token)} }`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  // The mode above only counts for a new file.
  await chmod(path, 0o600);
  return path;
}
