import type { TrafficEvent } from '../traffic/index.js';

/** Between two batches; the screen is painted at most that often. */
const batchMs = 100;

/** More than anybody could see between two paintings. */
const batchMost = 20_000;

/** Collects what is heard and hands it on at most ten times a second. */
export class TrafficBatches {
  readonly #take: (events: TrafficEvent[], skipped: number) => void;
  #waiting: TrafficEvent[] = [];
  #skipped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(take: (events: TrafficEvent[], skipped: number) => void) {
    this.#take = take;
  }

  add(event: TrafficEvent): void {
    if (this.#waiting.length >= batchMost) this.#skipped++;
    else this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.#hand(), batchMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #hand(): void {
    const events = this.#waiting;
    const skipped = this.#skipped;
    this.#timer = undefined;
    this.#waiting = [];
    this.#skipped = 0;
    this.#take(events, skipped);
  }
}
