import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ProtocolError } from '@agentnet/protocol';
import { lockFolder, type RunningRegistry, startRegistry } from '@agentnet/registry';
import { shownNatsUrl } from '../session/nats-address.js';
import type { Announce } from './events.js';
import { findNatsServer } from './find-nats-server.js';
import { type RunningNatsServer, startNatsServer } from './nats-server.js';
import { localNatsUrl, type UpOptions } from './up-options.js';

export interface NetworkContext {
  announce: Announce;
  environment: NodeJS.ProcessEnv;
  /** Aborts when the network is to stop. */
  signal: AbortSignal;
}

/** What runs while the network is up. */
export interface Network {
  natsUrl: string;
  signal: AbortSignal;
}

type Undo = () => Promise<unknown>;

const stopDeadlineMs = 10_000;

/**
 * Starts NATS and the registry, calls `work` once agents can join, and stops everything in reverse order, whatever happened.
 *
 * @param work - What to do while the network is up; the network stops when it returns.
 * @throws {ProtocolError} what starting failed with, what `work` failed with, or `nats_server_failed` when a part died meanwhile
 */
export async function runNetwork<T>(
  options: UpOptions,
  context: NetworkContext,
  work: (network: Network) => Promise<T>,
): Promise<T> {
  const undo: Undo[] = [];
  try {
    const startedAt = performance.now();
    context.announce({ event: 'starting', data_dir: options.dataDir, pid: process.pid });
    await claimFolder(options, undo);
    const { natsUrl, server } = await provideNats(options, context, undo);
    const registry = await provideRegistry(options, { ...context, natsUrl }, undo);
    context.signal.throwIfAborted();
    const ms = Math.round(performance.now() - startedAt);
    const shown = { nats_url: shownNatsUrl(natsUrl), data_dir: options.dataDir };
    context.announce({ event: 'ready', ...shown, pid: process.pid, ms });
    return await Promise.race([work({ natsUrl, signal: context.signal }), diedServer(server), diedRegistry(registry)]);
  } finally {
    await stopAll(undo.reverse());
  }
}

/** A part that does not stop, or fails to, must not keep the others running. */
async function stopAll(stops: readonly Undo[]): Promise<void> {
  for (const stop of stops) {
    const deadline = new AbortController();
    const tooLate = setTimeout(stopDeadlineMs, undefined, deadline).catch(() => undefined);
    await Promise.race([stop().catch(() => undefined), tooLate]);
    deadline.abort();
  }
}

/** Two networks on one folder would corrupt its database; one that keeps everything elsewhere needs no folder. */
async function claimFolder({ dataDir, nats, databaseUrl }: UpOptions, undo: Undo[]): Promise<void> {
  if (nats.kind === 'running' && databaseUrl !== undefined) return;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(dataDir);
  undo.push(() => lock.release());
}

async function provideNats(
  { dataDir, nats }: UpOptions,
  { announce, environment, signal }: NetworkContext,
  undo: Undo[],
): Promise<{ natsUrl: string; server?: RunningNatsServer }> {
  if (nats.kind === 'running') {
    announce({ event: 'nats', nats_url: shownNatsUrl(nats.url), pid: null });
    return { natsUrl: nats.url };
  }
  const server = await startNatsServer(findNatsServer(environment), { ...nats, dataDir });
  undo.push(() => server.stop());
  signal.throwIfAborted();
  const natsUrl = localNatsUrl({ ...nats, port: server.port });
  announce({ event: 'nats', nats_url: shownNatsUrl(natsUrl), pid: server.pid });
  return { natsUrl, server };
}

async function provideRegistry(
  { dataDir, databaseUrl, devAuth }: UpOptions,
  { announce, natsUrl }: NetworkContext & { natsUrl: string },
  undo: Undo[],
): Promise<RunningRegistry> {
  const registry = await startRegistry({
    natsUrl,
    database:
      databaseUrl === undefined
        ? { kind: 'pglite', dataDir: join(dataDir, 'registry') }
        : { kind: 'postgres', url: databaseUrl },
    devAuth,
    logLevel: 'warn',
  });
  undo.push(() => registry.stop());
  announce({
    event: 'registry',
    server_id: registry.serverId,
    database: databaseUrl === undefined ? 'pglite' : 'postgres',
  });
  return registry;
}

async function diedServer(server: RunningNatsServer | undefined): Promise<never> {
  if (!server) return new Promise(() => {});
  throw new ProtocolError('nats_server_failed', `nats-server stopped by itself:\n${await server.stopped}`);
}

async function diedRegistry({ stopped }: RunningRegistry): Promise<never> {
  await stopped;
  throw new ProtocolError('registry_unavailable', 'the registry stopped by itself');
}
