import type { Bindings } from './bindings.js';

const recordedTimestamp = /"(2026-11-23T\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)"/g;

/** When the recording ended. */
const recordedEnd = Date.parse('2026-11-23T14:29:10Z');

/**
 * Moves the recording to the present: sender clocks keep their distances, to the microsecond, and none of them is in the
 * future when it is replayed.
 */
export class TimeShift {
  readonly #shiftMs: number;

  constructor(nowMs: number) {
    this.#shiftMs = nowMs - recordedEnd;
  }

  /** Binds every timestamp of a text that is about to be sent to its present one. */
  bindTimestamps(text: string, bindings: Bindings): void {
    for (const [, recorded] of text.matchAll(recordedTimestamp))
      if (recorded) bindings.bind(recorded, this.#shift(recorded));
  }

  #shift(recorded: string): string {
    const [, fraction = ''] = /\.(\d+)Z$/.exec(recorded) ?? [];
    const shifted = new Date(Date.parse(recorded) + this.#shiftMs).toISOString();
    return fraction.length > 3 ? shifted.replace('Z', `${fraction.slice(3)}Z`) : shifted;
  }
}
