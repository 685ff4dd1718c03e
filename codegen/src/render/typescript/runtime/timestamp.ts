/** A point in time, exact to the microsecond, within the years 1 to 9999 UTC. */
export interface Instant {
  /** Milliseconds since 1970, whole. */
  readonly epochMs: number;
  /** Microseconds within that millisecond, 0 to 999. */
  readonly micros: number;
}

const minEpochMs = -62_135_596_800_000;
const maxEpochMs = 253_402_300_799_999;
const msPerDay = 86_400_000;
const cumulativeDays = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

/**
 * Reads a timestamp the way the protocol's first implementation does (`datetime.fromisoformat` of CPython 3.11), so that all peers agree on what
 * is a timestamp: extended, basic and week dates, any one character between date and time, a comma for the dot, offsets down to microseconds,
 * no zone meaning UTC, digits after the microsecond dropped. White space around it is not accepted. Undefined for anything else.
 */
export function parseInstant(text: string): Instant | undefined {
  if (text.length < 7) return undefined;
  const dateEnd = findSeparator(text);
  const day = parseDate(text, dateEnd);
  if (day === undefined) return undefined;
  if (dateEnd === text.length) return toInstant(day, midnight, noOffset);
  const timeStart = dateEnd + ((text.codePointAt(dateEnd) ?? 0) > 0xffff ? 2 : 1);
  for (let at = timeStart; at < text.length; at++)
    if (text.charCodeAt(at) > 127 || text.charCodeAt(at) === 0) return undefined;
  const zoneStart = findZone(text, timeStart);
  const time = parseClock(text, timeStart, zoneStart);
  if (time === undefined || time.hour > 23 || time.minute > 59 || time.second > 59) return undefined;
  if (zoneStart === text.length) return time.isWhole ? toInstant(day, time, noOffset) : undefined;
  if (text[zoneStart] === 'Z') return zoneStart + 1 === text.length ? toInstant(day, time, noOffset) : undefined;
  const offset = parseClock(text, zoneStart + 1, text.length);
  if (offset === undefined || !offset.isWhole) return undefined;
  const seconds = offset.hour * 3600 + offset.minute * 60 + offset.second;
  if (seconds >= 86_400) return undefined;
  const sign = text[zoneStart] === '-' ? -1 : 1;
  return toInstant(day, time, seconds === 0 ? noOffset : { seconds: sign * seconds, micros: sign * offset.micros });
}

/** `2026-02-21T08:00:00.123456Z`; without a fraction when that is zero, like the first implementation. */
export function formatInstant({ epochMs, micros }: Instant): string {
  const second = Math.floor(epochMs / 1000);
  const text = upToFraction(second);
  const ms = epochMs - second * 1000;
  return ms === 0 && micros === 0 ? `${text.slice(0, -1)}Z` : `${text}${threeDigits(ms)}${threeDigits(micros)}Z`;
}

/** `2026-02-21T08:00:00.123456Z`, or `2026-02-21T08:00:00.123Z` for a whole millisecond: the forms this package's peers write. */
export function nowTimestamp(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  const wholeMs = Math.floor(epochMs);
  const text = upToFraction(second) + threeDigits(wholeMs - second * 1000);
  // A double holds today's milliseconds to a quarter of a microsecond, so rounding could reach the next one only by that error.
  const micros = Math.min(999, Math.round((epochMs - wholeMs) * 1000));
  return micros === 0 ? `${text}Z` : `${text}${threeDigits(micros)}Z`;
}

/** The two seconds that were written last: a message says when it was sent and when it expires, and the next one most often the same. */
let latest = { second: Number.NaN, text: '' };
let other = latest;

/** `2026-02-21T08:00:00.` */
function upToFraction(second: number): string {
  if (second === latest.second) return latest.text;
  const known = second === other.second ? other : { second, text: new Date(second * 1000).toISOString().slice(0, 20) };
  other = latest;
  latest = known;
  return known.text;
}

function threeDigits(value: number): string {
  return value < 10 ? `00${value}` : value < 100 ? `0${value}` : String(value);
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** Nothing was left over at the end. */
  readonly isWhole: boolean;
}

const midnight: Clock = { hour: 0, minute: 0, second: 0, micros: 0, isWhole: true };
const noOffset = { seconds: 0, micros: 0 };

function toInstant(day: number, clock: Clock, offset: { seconds: number; micros: number }): Instant | undefined {
  const seconds = clock.hour * 3600 + clock.minute * 60 + clock.second - offset.seconds;
  const fraction = clock.micros - offset.micros;
  const wholeMs = Math.floor(fraction / 1000);
  const epochMs = day * msPerDay + seconds * 1000 + wholeMs;
  if (epochMs < minEpochMs || epochMs > maxEpochMs) return undefined;
  return { epochMs, micros: fraction - wholeMs * 1000 };
}

/** Where the date ends. Told by the shape of the first characters, because the separator may be any character, digits included. */
function findSeparator(text: string): number {
  if (text.length === 7) return 7;
  if (text[4] === '-') {
    if (text[5] !== 'W') return 10;
    if (text[8] !== '-') return 8;
    return text.length > 10 && isDigit(text, 10) ? 8 : 10;
  }
  if (text[4] !== 'W') return 8;
  let digitsEnd = 7;
  while (isDigit(text, digitsEnd)) digitsEnd++;
  if (digitsEnd < 9) return digitsEnd;
  return digitsEnd % 2 === 0 ? 7 : 8;
}

/** Days since 1970 of the date in `text[0, end)`. */
function parseDate(text: string, end: number): number | undefined {
  const year = digits(text, 0, 4);
  if (year === undefined || year < 1) return undefined;
  const isExtended = text[4] === '-';
  const at = isExtended ? 5 : 4;
  if (text[at] === 'W') return parseWeekDate(text, year, at + 1, end, isExtended);
  const month = digits(text, at, 2);
  if (month === undefined || month < 1 || month > 12 || (isExtended && text[at + 2] !== '-')) return undefined;
  const dayAt = isExtended ? at + 3 : at + 2;
  const day = digits(text, dayAt, 2);
  if (day === undefined || day < 1 || day > daysInMonth(year, month) || dayAt + 2 !== end) return undefined;
  return dayOf(year, month, day);
}

function parseWeekDate(
  text: string,
  year: number,
  weekAt: number,
  end: number,
  isExtended: boolean,
): number | undefined {
  const week = digits(text, weekAt, 2);
  let weekday: number | undefined = 1;
  if (weekAt + 2 < end) {
    if (isExtended && text[weekAt + 2] !== '-') return undefined;
    weekday = digits(text, weekAt + (isExtended ? 3 : 2), 1);
  }
  if (week === undefined || weekday === undefined || week < 1 || weekday < 1 || weekday > 7) return undefined;
  const newYear = dayOf(year, 1, 1);
  const newYearWeekday = (((newYear + 3) % 7) + 7) % 7;
  if (week > 53 || (week === 53 && newYearWeekday !== 3 && !(newYearWeekday === 2 && isLeap(year)))) return undefined;
  const firstMonday = newYear - newYearWeekday + (newYearWeekday > 3 ? 7 : 0);
  return firstMonday + (week - 1) * 7 + weekday - 1;
}

function findZone(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === 'Z' || character === '+' || character === '-') return at;
  }
  return text.length;
}

/** Reads `HH[:MM[:SS[.ffffff]]]`, the colons optional as a whole, in `text[start, end)`. */
function parseClock(text: string, start: number, end: number): Clock | undefined {
  const parts = [0, 0, 0];
  let at = start;
  let hasColons = true;
  for (let index = 0; index < 3; index++) {
    const part = digits(text, at, 2);
    if (part === undefined) return undefined;
    parts[index] = part;
    at += 2;
    const next = text[at];
    if (index === 0) hasColons = next === ':';
    if (at + 1 >= end) return clockOf(parts, 0, at >= text.length);
    if (next === '.' || next === ',' || (hasColons && next === ':')) at++;
    else if (hasColons) return undefined;
    if (next === '.' || next === ',') break;
  }
  const length = Math.min(6, end - at);
  const fraction = digits(text, at, length);
  if (fraction === undefined) return undefined;
  at += length;
  while (isDigit(text, at)) at++;
  return clockOf(parts, fraction * 10 ** (6 - length), at >= text.length);
}

function clockOf([hour = 0, minute = 0, second = 0]: readonly number[], micros: number, isWhole: boolean): Clock {
  return { hour, minute, second, micros, isWhole };
}

/** The number that `count` ASCII digits at `at` write. */
function digits(text: string, at: number, count: number): number | undefined {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    if (!isDigit(text, index)) return undefined;
    value = value * 10 + text.charCodeAt(index) - 48;
  }
  return value;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function dayOf(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDay = month > 2 && isLeap(year) ? 1 : 0;
  const ordinal =
    before * 365 +
    Math.floor(before / 4) -
    Math.floor(before / 100) +
    Math.floor(before / 400) +
    (cumulativeDays[month] ?? 0) +
    leapDay +
    day;
  return ordinal - 719_163;
}
