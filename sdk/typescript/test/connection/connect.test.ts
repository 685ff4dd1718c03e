import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, natsTransport, redactUrl } from '../../src/connection/index.js';
import { NatsServer } from '../harness/nats-server.js';

const server = new NatsServer('--auth', 'sec/ret@token');
const nobody = new Uint8Array();
const withToken = (token: string) => `nats://${token}@127.0.0.1:${server.port}`;

beforeAll(() => server.start());
afterAll(() => server.stop());

describe('connect', () => {
  it('given the token in the URL, when it connects, then the server accepts it [subject.token]', async () => {
    const connection = await connect({ url: withToken('sec%2Fret%40token') });
    await connection.flush();
    await connection.close();
  });

  it('given several servers of which one lives, when it connects, then it finds that one', async () => {
    const connection = await connect({ url: `nats://sec%2Fret%40token@127.0.0.1:1, 127.0.0.1:${server.port}` });
    await connection.close();
  });

  for (const [what, url] of [
    ['a wrong token', () => withToken('wrong')],
    ['no token', () => server.url],
  ] as const) {
    it(`given ${what}, when it connects, then it fails as authorization_failed with the remedy [limits.connect.refused]`, async () => {
      const failure = await connect({ url: url() }).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        name: 'TransportError',
        code: 'authorization_failed',
        message: expect.stringContaining('<token>@host'),
      });
      expect(String(failure)).not.toContain('wrong');
    });
  }

  it('given nobody on the port, when it connects, then it fails as connect_failed without the token in its text [limits.connect]', async () => {
    const failure = await connect({ url: 'nats://s3cret@127.0.0.1:1' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'connect_failed',
      message: expect.stringContaining('nats://***@127.0.0.1:1'),
    });
    expect(String(failure)).not.toContain('s3cret');
  });

  it('given a server that never speaks, when the deadline passes, then it fails as connect_failed', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await expect(connect({ url: `127.0.0.1:${port}`, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'connect_failed',
    });
    await new Promise((resolve) => silent.close(resolve));
  });

  it('given an aborted signal, when it connects, then it fails as cancelled', async () => {
    await expect(connect({ url: server.url, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  for (const options of [
    { url: 'ws://x' },
    { url: 'nats://' },
    { url: '' },
    { timeoutMs: 1 },
    { maxReconnectAttempts: -2 },
    { url: 'nats://x', tls: {} },
    { url: 'tls://x', tls: { caFile: '/nowhere.pem' } },
    { url: 'tls://x', tls: { certFile: fileURLToPath(import.meta.url) } },
    { url: 'tls://x', tls: { ca: 'x' } as object },
    { urls: 'x' } as object,
  ]) {
    it(`given ${JSON.stringify(options)}, when it connects, then it is refused as invalid_option`, async () => {
      await expect(connect(options)).rejects.toMatchObject({ name: 'ValidationError', code: 'invalid_option' });
    });
  }
});

describe('redactUrl', () => {
  for (const [url, redacted] of [
    ['nats://token@host:4222', 'nats://***@host:4222'],
    ['nats://user:pass@host', 'nats://***@host'],
    ['to@ken@host:1', '***@host:1'],
    ['nats://a@h1:1,nats://b@h2:2', 'nats://***@h1:1,nats://***@h2:2'],
    ['nats://host:4222', 'nats://host:4222'],
  ] as const) {
    it(`given ${url}, when it is shown, then it reads ${redacted}`, () => {
      expect(redactUrl(url)).toBe(redacted);
    });
  }
});

describe('natsTransport', () => {
  it('given requests that cannot succeed, when they fail, then each has its code', async () => {
    const connection = await connect({ url: withToken('sec%2Fret%40token') });
    const transport = natsTransport(connection);
    transport.subscribe('black.hole', {}, () => undefined);
    const failureOf = (subject: string, signal?: AbortSignal) =>
      transport
        .request(subject, nobody, { timeoutMs: 100, ...(signal ? { signal } : {}) })
        .catch((error: unknown) => error);
    expect(await failureOf('registry.list')).toMatchObject({ code: 'registry_unavailable' });
    expect(await failureOf('account.x.inbox')).toMatchObject({ code: 'recipient_offline' });
    expect(await failureOf('black.hole')).toMatchObject({ code: 'request_timeout' });
    expect(await failureOf('black.hole', AbortSignal.abort())).toMatchObject({ code: 'cancelled' });
    expect(await failureOf('a b')).toMatchObject({ code: 'invalid_subject_token' });
    await connection.close();
    expect(await failureOf('black.hole')).toMatchObject({ code: 'connection_closed' });
    expect(() => transport.publish('x', nobody)).toThrowError(expect.objectContaining({ code: 'connection_closed' }));
  });

  it('given a callback that throws, when a message arrives, then the error is reported and the next message is delivered', async () => {
    const connection = await connect({ url: withToken('sec%2Fret%40token') });
    const errors: Error[] = [];
    const transport = natsTransport(connection, { onError: (error) => void errors.push(error) });
    const bodies: string[] = [];
    transport.subscribe('x', {}, ({ body }) => {
      bodies.push(new TextDecoder().decode(body));
      if (bodies.length === 1) throw new Error('first');
    });
    for (const text of ['one', 'two']) transport.publish('x', new TextEncoder().encode(text));
    await connection.flush();
    expect(bodies).toEqual(['one', 'two']);
    expect(errors).toMatchObject([{ cause: { message: 'first' } }]);
    await connection.close();
  });
});
