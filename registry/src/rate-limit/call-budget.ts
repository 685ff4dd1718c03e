/** Calls per second, and how many may come at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface CallBudgetOptions {
  /** Of each client. */
  readonly each: Rate;
  /** Of all clients together that are not remembered. */
  readonly unknown: Rate;
  readonly clientsMax: number;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number;
}

/** What each client may still call. Remembers the clients heard last; whoever makes up new ones shares what the unknown may call. */
export class CallBudget {
  readonly #options: Required<CallBudgetOptions>;
  readonly #unknown: TokenBucket;
  /** In the order of their last call. */
  readonly #clients = new Map<string, TokenBucket>();

  constructor(options: CallBudgetOptions) {
    this.#options = { now: () => performance.now(), ...options };
    this.#unknown = new TokenBucket(options.unknown, this.#options.now());
  }

  /** Clients remembered now. */
  get clients(): number {
    return this.#clients.size;
  }

  /** @returns 0 when the call may be made, else the milliseconds after which it may */
  take(client: string | undefined): number {
    const nowMs = this.#options.now();
    const known = client === undefined ? undefined : this.#clients.get(client);
    if (known) return this.#again(client as string, known).take(nowMs);
    const waitMs = this.#unknown.take(nowMs);
    if (waitMs === 0 && client !== undefined) this.#remember(client, nowMs);
    return waitMs;
  }

  #again(client: string, bucket: TokenBucket): TokenBucket {
    this.#clients.delete(client);
    this.#clients.set(client, bucket);
    return bucket;
  }

  #remember(client: string, nowMs: number): void {
    if (this.#clients.size >= this.#options.clientsMax) {
      const [longestSilent] = this.#clients.keys();
      if (longestSilent !== undefined) this.#clients.delete(longestSilent);
    }
    const bucket = new TokenBucket(this.#options.each, nowMs);
    bucket.take(nowMs);
    this.#clients.set(client, bucket);
  }
}

class TokenBucket {
  #tokens: number;

  constructor(
    private readonly rate: Rate,
    private filledAtMs: number,
  ) {
    this.#tokens = rate.burst;
  }

  take(nowMs: number): number {
    const { perSecond, burst } = this.rate;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.filledAtMs) / 1000) * perSecond);
    this.filledAtMs = nowMs;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / perSecond) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}
