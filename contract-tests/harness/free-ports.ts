import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below what systems give to outgoing connections, so that a port stays free while its server is down. */
const range = { first: 12_000, last: 32_000 } as const;

/** Ports of 127.0.0.1 on which nobody listens, each another one. Until they are used somebody else can take them, which is unlikely. */
export async function freePorts(count: number): Promise<number[]> {
  const open = new Map<number, Server>();
  while (open.size < count) {
    const port = randomInt(range.first, range.last);
    const server = await listen(port);
    if (server) open.set(port, server);
  }
  await Promise.all([...open.values()].map((server) => once(server.close(), 'close')));
  return [...open.keys()];
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw cause;
  }
}
