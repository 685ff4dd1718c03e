import { type CallOptions, limits, type RegistryClient } from '@agentnet/protocol';
import { connect } from '../connection/connect.js';
import { Link } from '../connection/link.js';
import { registryQueries } from '../connection/registry-queries.js';
import type { TlsOptions } from '../connection/tls-options.js';

/** How long a one-shot call may take, for connecting and for the answer each. */
export interface OneShotOptions extends CallOptions {
  /** Milliseconds to connect, and again to wait for each answer. Minimum 50. @default 5_000 */
  timeoutMs?: number;
  /** Files for TLS; only for an address that begins with `tls://`. @default NATS_CA, NATS_CERT, NATS_KEY */
  tls?: TlsOptions;
  /** Ends the call with `cancelled`. */
  signal?: AbortSignal;
}

/** Connects, asks, disconnects. Nothing is registered: the caller stays invisible. */
export async function askRegistry<T>(
  natsUrl: string,
  options: OneShotOptions,
  ask: (registry: RegistryClient, options: CallOptions) => Promise<T>,
): Promise<T> {
  const link = new Link(await connect({ ...options, url: natsUrl, maxReconnectAttempts: 0 }), {
    onReconnect: () => undefined,
    onLost: () => undefined,
    onError: () => undefined,
  });
  try {
    return await ask(registryQueries(link.transport), options);
  } finally {
    await link.close(limits.connectTimeoutMs);
  }
}
