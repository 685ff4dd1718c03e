import { type ConsumerPlace, type Gap, lostWithin } from '../domain/losses.js';
import type { Delivery } from './delivery.js';

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
