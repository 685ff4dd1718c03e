import type { JsonValue, Message } from '@agentnet/protocol';
import type { PeerProcess } from './peer-process.js';
import type { Handling, JoinOptions, Observation, ObservationOf, PeerCommand } from './peer-protocol.js';

export type { Handling, JoinOptions } from './peer-protocol.js';

/** An answer of a command that may fail: the scenario decides which of both it expects. */
export type Outcome<S extends Observation['saw']> = ObservationOf<S> | ObservationOf<'error'>;

type CommandOf<D extends PeerCommand['do']> = Omit<Extract<PeerCommand, { do: D }>, 'do'>;

/** An agent that has joined, in a process of the implementation under test. */
export class ActingPeer {
  readonly #process: PeerProcess;
  readonly #since: number;
  #gone = false;

  private constructor(
    peer: PeerProcess,
    readonly joined: ObservationOf<'joined'>,
    since: number,
  ) {
    this.#process = peer;
    this.#since = since;
  }

  /** @throws Error with the peer's own error when it does not join */
  static async join(peer: PeerProcess, options: JoinOptions): Promise<ActingPeer> {
    const since = peer.observations.length;
    const answer = await peer.answer(peer.tell({ do: 'join', ...options }), () => true);
    if (answer.saw !== 'joined') throw new Error(`the peer could not join: ${JSON.stringify(answer)}`);
    return new ActingPeer(peer, answer, since);
  }

  get accountId(): string {
    return this.joined.account_id;
  }

  get username(): string {
    return this.joined.username;
  }

  get sessionTag(): string {
    return this.joined.session_tag;
  }

  /** What it has observed since it joined. */
  get observed(): readonly Observation[] {
    return this.#process.observations.slice(this.#since);
  }

  /** The messages that reached its handler, in order. */
  get received(): readonly Message[] {
    return this.observed.flatMap((seen) => (seen.saw === 'received' ? [seen.message] : []));
  }

  /** Waits until that many messages have reached its handler. */
  async receives(count: number, timeoutMs?: number): Promise<readonly Message[]> {
    await this.#process.until(
      () => (this.received.length >= count ? true : undefined),
      `${count} received messages`,
      timeoutMs,
    );
    return this.received;
  }

  /** Waits for an observation, for instance that a handler was cancelled. */
  async observes<S extends Observation['saw']>(
    saw: S,
    where: (seen: ObservationOf<S>) => boolean = () => true,
  ): Promise<ObservationOf<S>> {
    const fits = (seen: Observation): seen is ObservationOf<S> => seen.saw === saw && where(seen as ObservationOf<S>);
    return this.#process.until(() => this.observed.find(fits), `the observation "${saw}"`);
  }

  async handle(handling: Handling): Promise<void> {
    await this.#do({ do: 'handle', handling });
  }

  /** Lets the handlers that hold messages go on. */
  async release(): Promise<void> {
    if (!this.#gone) await this.#do({ do: 'release' });
  }

  /** Waits until everything it has observed so far is in `observed`: receipts can be faster than its stdout. */
  async sync(): Promise<void> {
    if (!this.#gone) await this.#do({ do: 'sync' });
  }

  send(command: CommandOf<'send'>): Promise<Outcome<'sent'>> {
    return this.#do({ do: 'send', ...command }) as Promise<Outcome<'sent'>>;
  }

  ask(command: CommandOf<'ask'>): Promise<Outcome<'reply'>> {
    return this.#do({ do: 'ask', ...command }) as Promise<Outcome<'reply'>>;
  }

  stream(command: CommandOf<'stream'>): Promise<Outcome<'done'>> {
    return this.#do({ do: 'stream', ...command }) as Promise<Outcome<'done'>>;
  }

  /** The pieces of an answer and, at its end, the whole of it or the error. */
  async askStream(command: CommandOf<'ask_stream'>): Promise<{ pieces: string[]; end: Outcome<'answer'> }> {
    const id = this.#process.tell({ do: 'ask_stream', ...command });
    const end = await this.#process.answer(id, ({ saw }) => saw !== 'delta');
    const pieces = this.observed.flatMap((seen) => (seen.saw === 'delta' && seen.re === id ? [seen.text] : []));
    return { pieces, end: end as Outcome<'answer'> };
  }

  putBlob(command: CommandOf<'blob_put'>): Promise<Outcome<'blob'>> {
    return this.#do({ do: 'blob_put', ...command }) as Promise<Outcome<'blob'>>;
  }

  getBlob(blob: string | Record<string, JsonValue>, storage?: string): Promise<Outcome<'bytes'>> {
    return this.#do({ do: 'blob_get', blob, ...(storage && { storage }) }) as Promise<Outcome<'bytes'>>;
  }

  /** Leaves in order; a second call does nothing. */
  async leave(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    if (this.#process.isAlive) await this.#do({ do: 'leave' });
  }

  /** Asks it to leave and does not wait: the scenario watches how it goes. */
  startLeaving(): Promise<void> {
    const left = this.leave();
    left.catch(() => undefined);
    return left;
  }

  /** Ends its process without a goodbye. */
  async crash(): Promise<void> {
    this.#gone = true;
    await this.#process.kill();
  }

  #do(command: PeerCommand): Promise<Observation> {
    const answer = this.#process.answer(this.#process.tell(command), () => true);
    // A scenario that fails meanwhile reads the answer no more; that must not end the kit.
    answer.catch(() => undefined);
    return answer;
  }
}

/** What is known of a failed command; fails when it did not fail. */
export function errorOf(outcome: Observation): ObservationOf<'error'> {
  return outcome.saw === 'error' ? outcome : { saw: 'error', re: 0, code: `none, but ${JSON.stringify(outcome)}` };
}
