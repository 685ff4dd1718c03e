import {
  encodeJson,
  is,
  type JsonObject,
  limits,
  type MessageHeaders,
  operations,
  type RpcName,
  serveRegistry,
  type Transport,
  type TransportMessage,
} from '@agentnet/protocol';
import type { Place } from '@agentnet/sdk/identity';
import { pino } from 'pino';
import type { RegistryDeps } from '../../../registry/src/deps.js';
import { callObserver, registryHandlers } from '../../../registry/src/handlers.js';
import { RegistryMetrics } from '../../../registry/src/metrics/registry-metrics.js';
import { type RegistryOptions, resolveOptions } from '../../../registry/src/options.js';
import { HelloAbsorber } from '../../../registry/src/presence/absorb-hellos.js';
import { onlineCutoffMs } from '../../../registry/src/presence/online-cutoff.js';
import { CallBudget } from '../../../registry/src/rate-limit/call-budget.js';
import { limitCalls } from '../../../registry/src/rate-limit/limit-calls.js';
import { accountLookups } from '../../../registry/src/store/account-lookups.js';
import type { Database } from '../../../registry/src/store/database.js';
import { FailingDatabase } from '../../../registry/test/harness/failing-database.js';

/** A body on its way to a registry, with what stands beside it. */
export type Seal = (place: Place) => MessageHeaders;

export const startOfWorldMs = Date.parse('2026-02-21T08:00:00Z');
const replySubject = '_INBOX.pact.call';
const idleQueue = { enabled: true, size: 0, max: 0, batch_size: 1000, flush_ms: 40, overflow_count: 0 };

/** The real handlers of a registry over a real database, everything around it in the hands of states. */
export class ProviderWorld {
  readonly database: FailingDatabase;
  nowMs = startOfWorldMs;
  options: Partial<RegistryOptions> = {};
  /** What happens to the request between consumer and registry. */
  damage: ((request: JsonObject) => JsonObject | string) | undefined;
  /** Signs the request. */
  sign: ((operation: RpcName, request: JsonObject) => { request: JsonObject; seal: Seal }) | undefined;
  isSentTwice = false;
  isOverBudget = false;
  #registry: Promise<InProcessRegistry> | undefined;

  constructor(database: Database) {
    this.database = new FailingDatabase(database);
  }

  /** Asks the registry as `states` have left it, and signs and damages as they said. */
  async deliver(operation: RpcName, request: JsonObject): Promise<unknown> {
    const signed = this.sign?.(operation, request) ?? { request, seal: () => ({}) };
    const body = this.damage?.(signed.request) ?? signed.request;
    const bytes = typeof body === 'string' ? Buffer.from(body) : encodeJson(body);
    const call = await this.#running();
    const { subject } = operations[operation];
    const headers = signed.seal({ subject, reply: replySubject, body: bytes });
    if (this.isOverBudget) await call.ask(subject, bytes, headers);
    if (this.isSentTwice) await call.ask(subject, bytes, headers);
    return call.ask(subject, bytes, headers);
  }

  /** One plain question, for states. @throws {Error} when it is refused */
  async ask(operation: RpcName, request: JsonObject): Promise<unknown> {
    const registry = await this.#running();
    const reply = await registry.ask(operations[operation].subject, encodeJson(request), {});
    if (is('ErrorReply', reply)) throw new Error(`${operation} was refused: ${reply.error}`);
    return reply;
  }

  async reset(): Promise<void> {
    await (await this.#registry)?.stop();
    this.#registry = undefined;
    this.database.mend();
    this.nowMs = startOfWorldMs;
    this.options = {};
    this.damage = undefined;
    this.sign = undefined;
    this.isSentTwice = false;
    this.isOverBudget = false;
    await emptyTables(this.database);
  }

  /** Other options, the same database. */
  async reconfigure(options: Partial<RegistryOptions>): Promise<void> {
    await (await this.#registry)?.stop();
    this.#registry = undefined;
    this.options = { ...this.options, ...options };
  }

  #running(): Promise<InProcessRegistry> {
    this.#registry ??= this.#start();
    return this.#registry;
  }

  async #start(): Promise<InProcessRegistry> {
    const config = resolveOptions({
      natsUrl: 'nats://127.0.0.1',
      database: { kind: 'pglite', dataDir: 'memory://' },
      ...this.options,
    });
    const { database } = this;
    const now = (): number => this.nowMs;
    const log = pino({ level: 'silent' });
    const presence = new HelloAbsorber({ database, serverId: config.serverId, log, checkSignatures: config.devAuth });
    const deps: RegistryDeps = {
      config,
      database,
      log,
      now,
      presence,
      metrics: new RegistryMetrics(config.metricsWindowSize),
      lookups: accountLookups(database, () => ({ nowMs: now(), cutoffMs: onlineCutoffMs({ now, config }) })),
      announceKeyChange: () => undefined,
    };
    const transport = new LoopbackTransport();
    const budget = this.isOverBudget ? { perSecond: 0.001, burst: 1 } : { perSecond: 1e6, burst: 1e6 };
    const limited = limitCalls(transport, {
      budget: new CallBudget({ each: budget, unknown: budget, clientsMax: limits.rpcClientsMax }),
      onRefused: () => undefined,
    });
    const service = serveRegistry(
      limited,
      registryHandlers(deps, { writeQueue: () => idleQueue, durability: () => undefined }),
      { observer: callObserver(deps), now },
    );
    return {
      ask: (subject, body, headers) => transport.ask({ subject, body, headers, reply: replySubject }),
      async stop() {
        await service.drain();
        await presence.stop();
      },
    };
  }
}

interface InProcessRegistry {
  ask(subject: string, body: Uint8Array, headers: MessageHeaders): Promise<unknown>;
  stop(): Promise<void>;
}

/** NATS without the network: one call at a time, its answer comes back. */
class LoopbackTransport implements Transport {
  readonly #listeners = new Map<string, (message: TransportMessage) => void>();
  #answered: ((body: Uint8Array) => void) | undefined;

  ask(message: TransportMessage): Promise<unknown> {
    return new Promise((resolve) => {
      this.#answered = (body) => resolve(JSON.parse(Buffer.from(body).toString()));
      this.#listeners.get(message.subject)?.(message);
    });
  }

  request(): Promise<Uint8Array> {
    return Promise.reject(new Error('a registry asks nobody'));
  }

  publish(_subject: string, body: Uint8Array): void {
    this.#answered?.(body);
  }

  subscribe(subject: string, _options: object, onMessage: (message: TransportMessage) => void) {
    this.#listeners.set(subject, onMessage);
    return { unsubscribe: () => undefined, drain: () => Promise.resolve() };
  }
}

async function emptyTables(database: Database): Promise<void> {
  const sql = `SELECT string_agg(quote_ident(tablename), ', ') AS tables FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'agent_migrations'`;
  const [{ tables } = { tables: '' }] = await database.query<{ tables: string }>(sql);
  await database.query(`TRUNCATE ${tables}`);
}
