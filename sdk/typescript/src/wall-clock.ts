/** What a wall clock is made of. */
export interface ClockSources {
  /** Where the wall clock stood when the steady one was at 0; exact to the microsecond. */
  readonly originMs: number;
  /** The machine's time of day in whole milliseconds; somebody may set it. */
  wallMs(): number;
  /** Milliseconds with a fraction that only ever grow. */
  steadyMs(): number;
}

const microsPerMs = 1000;
/** How far apart the two clocks are when the time of day was set rather than read a moment later. */
const stepMs = 2;

/**
 * The time of day to the microsecond: the steady clock counts, the wall clock says where it stands. Readings of one process are all different
 * and in order, unless the time of day is set back: then they go back with it.
 */
export class WallClock {
  readonly #sources: ClockSources;
  #originMs: number;
  #lastMicros = 0;

  constructor(sources: ClockSources) {
    this.#sources = sources;
    this.#originMs = sources.originMs;
  }

  /** Milliseconds since 1970, microseconds as the fraction. */
  nowMs(): number {
    const micros = Math.floor(this.#readMs() * microsPerMs);
    const isSetBack = micros < this.#lastMicros - stepMs * microsPerMs;
    this.#lastMicros = isSetBack ? micros : Math.max(micros, this.#lastMicros + 1);
    return this.#lastMicros / microsPerMs;
  }

  #readMs(): number {
    const reading = this.#offsetMs();
    if (isTrue(reading)) return reading.ms;
    // The process may have been stopped between the two clocks.
    const again = this.#offsetMs();
    if (isTrue(again)) return again.ms;
    const trueMs = Math.min(Math.max(again.ms, again.wallMs), again.wallMs + 1);
    this.#originMs += trueMs - again.ms;
    return trueMs;
  }

  #offsetMs(): Reading {
    const wallMs = this.#sources.wallMs();
    return { wallMs, ms: this.#originMs + this.#sources.steadyMs() };
  }
}

interface Reading {
  readonly wallMs: number;
  readonly ms: number;
}

/** The wall clock cuts off its fraction, and time passes while the two are read. */
function isTrue({ wallMs, ms }: Reading): boolean {
  return ms >= wallMs && ms < wallMs + stepMs;
}
