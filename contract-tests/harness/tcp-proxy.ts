import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between one client and a server on this machine, so that a test can cut or hold their connection. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Closes the connections that go through it; new ones are let through. */
  drop(): void;
  /** Lets no byte through in either direction, without closing anything, until `resume()`. */
  hold(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of `targetPort` on 127.0.0.1. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isHeld = false;
  const add = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on('data', (chunk: Buffer) => {
      if (!other.write(chunk)) socket.pause();
    });
    other.on('drain', () => {
      if (!isHeld) socket.resume();
    });
    // Whatever ends one side ends the other; the error itself is the client's to report.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    if (isHeld) socket.pause();
  };
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    add(client, upstream);
    add(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    drop();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    drop,
    hold() {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isHeld = false;
      for (const socket of sockets) socket.resume();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
