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
