import type { Delivery } from './delivery.js';

/** Where a consumer stands: how many deliveries it made and how far in the stream it came. */
export interface ConsumerPlace {
  readonly deliverySequence: number;
  readonly streamSequence: number;
}

/** A part of a stream in which messages are missing. */
export interface Gap {
  readonly after: ConsumerPlace;
  readonly upTo: ConsumerPlace;
  /** Deliveries within it that were repeated ones to us, by their sequence. */
  readonly repeated: readonly number[];
}

/**
 * Notices messages that left the stream before anybody got them: the stream's sequence then grows faster than the number of
 * deliveries. Deliveries to other registries are known by number only, so that repeated ones among them can hide a loss of the same
 * moment, but nothing is ever counted that was not lost.
 */
export class LostMessages {
  #place: ConsumerPlace;
  #repeated: number[] = [];

  constructor(place: ConsumerPlace) {
    this.#place = place;
  }

  /** @returns the part between the delivery before and this one when something is missing there */
  before({ count, deliverySequence, streamSequence }: Delivery): Gap | undefined {
    if (count > 1 || streamSequence <= this.#place.streamSequence) {
      this.#repeated.push(deliverySequence);
      return undefined;
    }
    const gap = { after: this.#place, upTo: { deliverySequence, streamSequence }, repeated: this.#repeated };
    this.#place = gap.upTo;
    this.#repeated = [];
    return lostWithin(gap, gap.after) > 0 ? gap : undefined;
  }
}

/**
 * How many messages are missing in the part of a gap that nobody has examined yet.
 *
 * @param examined - How far some registry has examined the stream.
 */
export function lostWithin({ after, upTo, repeated }: Gap, examined: ConsumerPlace): number {
  const from = examined.streamSequence > after.streamSequence ? examined : after;
  const again = repeated.filter((sequence) => sequence > from.deliverySequence).length;
  const delivered = upTo.deliverySequence - from.deliverySequence - again;
  return Math.max(0, upTo.streamSequence - from.streamSequence - delivered);
}
