import { connect as connectNats, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { TransportError } from '../errors.js';
import { awaitGreeting } from './await-greeting.js';
import {
  type ConnectionOptions,
  parseServerUrl,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
  type ServerAddress,
} from './connection-options.js';
import { redactUrl } from './redact-url.js';
import { certificateCheck } from './tls-options.js';
import { toAgentNetError } from './to-agentnet-error.js';

const reconnectWaitMs = 250;
const reconnectJitterMs = 500;

/**
 * Opens a NATS connection within a hard deadline.
 *
 * @param options - Where and how; credentials are taken out of the URL.
 * @returns A connection of the NATS client, already past its handshake.
 * @throws {AgentNetError} `connect_failed`, `authorization_failed`, `invalid_option`, `cancelled`
 */
export async function connect(options: ConnectionOptions = {}): Promise<NatsConnection> {
  const resolved = resolveConnectionOptions(options);
  const { servers, ...rest } = clientOptions(resolved);
  const giveUp = new AbortController();
  const attempt = awaitGreeting(servers, giveUp.signal).then(() =>
    connectNats({
      ...rest,
      servers: servers.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)),
    }),
  );
  try {
    return await settleBefore(attempt, resolved);
  } catch (cause) {
    giveUp.abort();
    // A handshake that completes after the caller was told no would leak its socket.
    attempt.then(
      (late) => late.close(),
      () => undefined,
    );
    throw explain(cause, resolved);
  }
}

function clientOptions({
  url,
  tls,
  name,
  timeoutMs,
  inboxPrefix,
  maxReconnectAttempts,
}: ResolvedConnectionOptions): Omit<NodeConnectionOptions, 'servers'> & Pick<ServerAddress, 'servers'> {
  const { tls: _asked, ...address } = parseServerUrl(url);
  const checking = { checkServerIdentity: certificateCheck(address.servers.map(({ host }) => host)) };
  return {
    ...address,
    name,
    timeout: timeoutMs,
    reconnect: maxReconnectAttempts !== 0,
    maxReconnectAttempts,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectJitterMs,
    noAsyncTraces: true,
    ...(tls === undefined ? {} : { tls: { ...tls, ...checking } }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
}

/** The client's own timeout covers one handshake; name resolution and several addresses add to it. */
function settleBefore(
  attempt: Promise<NatsConnection>,
  { timeoutMs, signal }: ResolvedConnectionOptions,
): Promise<NatsConnection> {
  let release = (): void => undefined;
  const interruption = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const cancel = () => reject(new TransportError('cancelled', 'connecting was cancelled', { cause: signal?.reason }));
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
  });
  return Promise.race([attempt, interruption]).finally(() => release());
}

function explain(cause: unknown, { url }: ResolvedConnectionOptions): Error {
  const known = toAgentNetError(cause);
  if (known.code === 'cancelled') return known;
  const where = redactUrl(url);
  if (known.code === 'authorization_failed') {
    const remedy = 'put the token into the URL as nats://<token>@host:port';
    return new TransportError('authorization_failed', `${where} refused the credentials; ${remedy}`, { cause });
  }
  const why = cause instanceof Error && cause.message !== '' ? cause.message : 'no answer';
  const remedy = /certificate/i.test(why)
    ? 'name the authority that signed it in tls.caFile or NATS_CA, and the host as the certificate does'
    : 'check the URL, or start a server with "agentnet up" or "nats-server -js"';
  return new TransportError('connect_failed', `no NATS server at ${where} (${why}); ${remedy}`, { cause });
}
