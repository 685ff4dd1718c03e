import { buckets } from '@agentnet/protocol';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { RegistryDeps } from '../deps.js';
import type { HistoryDeps } from './index.js';

/** The streams under the buckets of agents, which whoever needs one first makes, with one copy. */
const bucketStreams = [`KV_${buckets.dedupe}`, `OBJ_${buckets.blobs}`];

export type ReplicateDeps = Pick<HistoryDeps, 'connection'> & Pick<RegistryDeps, 'config' | 'log'>;

/** Gives the buckets of agents as many copies as the history has, so that what agents share outlives one server, too. */
export class BucketReplicas {
  #manager: JetStreamManager | undefined;
  readonly #done = new Set<string>();

  constructor(private readonly deps: ReplicateDeps) {}

  /** Never fails: a bucket that is not there, or a cluster that cannot now, is looked at again the next time. */
  async look(): Promise<void> {
    const wanted = this.deps.config.historyReplicas;
    for (const stream of bucketStreams.filter((name) => !this.#done.has(name)))
      await this.#raise(stream, wanted).catch(() => undefined);
  }

  async #raise(stream: string, wanted: number): Promise<void> {
    this.#manager ??= await jetstreamManager(this.deps.connection, { checkAPI: false });
    const { config } = await this.#manager.streams.info(stream);
    if (config.num_replicas < wanted) {
      await this.#manager.streams.update(stream, { ...config, num_replicas: wanted });
      this.deps.log.info({ event: 'bucket_replicated', stream, from: config.num_replicas, to: wanted });
    }
    this.#done.add(stream);
  }
}
