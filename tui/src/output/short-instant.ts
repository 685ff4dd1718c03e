/** An ISO 8601 instant as month, day and time of day: where there is no room, the year is known. */
export function shortInstant(instant: string): string {
  return instant.slice('2026-'.length, '2026-01-02T03:04:05'.length).replace('T', ' ');
}

/** Columns a short instant takes. */
export const shortInstantWidth = '01-02 03:04:05'.length;
