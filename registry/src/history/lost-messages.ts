import type { Delivery } from './delivery.js';

/** Where a consumer stands: how many deliveries it made and how far in the stream it came. */
export interface ConsumerPlace {
  readonly deliverySequence: number;
  readonly streamSequence: number;
}

/**
 * Notices messages that left the stream before anybody got them: the stream's sequence then grows faster than the number of
 * deliveries. Deliveries to other registries are known by number only, so that repeated ones among them can hide a loss of the same
 * moment, but nothing is ever counted that was not lost.
 */
export class LostMessages {
  #place: ConsumerPlace;
  /** Deliveries to others since the last first delivery to us. */
  #elsewhere = 0;

  constructor(place: ConsumerPlace) {
    this.#place = place;
  }

  /** @returns how many were lost between the delivery before and this one */
  before({ count, deliverySequence, streamSequence }: Delivery): number {
    const { deliverySequence: lastDelivery, streamSequence: lastInStream } = this.#place;
    this.#elsewhere += Math.max(0, deliverySequence - lastDelivery - 1);
    const isRepeated = count > 1 || streamSequence <= lastInStream;
    this.#place = { deliverySequence, streamSequence: isRepeated ? lastInStream : streamSequence };
    if (isRepeated) return 0;
    const lost = streamSequence - lastInStream - 1 - this.#elsewhere;
    this.#elsewhere = 0;
    return Math.max(0, lost);
  }
}
