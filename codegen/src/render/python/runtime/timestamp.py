"""Timestamps of the wire."""

import re
from datetime import date, datetime, timedelta, timezone

_DIGITS = re.compile(r"[0-9]+")
_AS_PEERS_WRITE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{3}|\.[0-9]{6})?Z"
)
"""The form that `datetime` of every Python reads by itself, but for the zone."""


def parse_instant(text: str) -> datetime | None:
    """Reads a timestamp as the protocol's first implementation does, on every Python.

    That is `datetime.fromisoformat` of CPython 3.11: extended, basic and week dates, any one character between date
    and time, a comma for the dot, offsets down to microseconds, no zone meaning UTC, digits after the microsecond
    dropped. White space around it is not accepted.

    Returns:
        The instant in UTC; None for anything else.
    """
    if _AS_PEERS_WRITE.fullmatch(text):
        try:
            return datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
        except ValueError:
            return None
    if len(text) < 7:
        return None
    date_end = _find_separator(text)
    day = _parse_date(text, date_end)
    if day is None:
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    if date_end == len(text):
        return midnight
    rest = text[date_end + 1 :]
    if not rest.isascii() or "\0" in rest:
        return None
    zone_start = next((at for at, letter in enumerate(rest) if letter in "Z+-"), len(rest))
    clock = _parse_clock(rest, 0, zone_start)
    if clock is None or clock[0] > 23 or clock[1] > 59 or clock[2] > 59:
        return None
    time = _duration(clock)
    if zone_start == len(rest):
        return midnight + time if clock[4] else None
    if rest[zone_start] == "Z":
        return midnight + time if zone_start + 1 == len(rest) else None
    offset = _parse_clock(rest, zone_start + 1, len(rest))
    if offset is None or not offset[4] or offset[0] * 3600 + offset[1] * 60 + offset[2] >= 86_400:
        return None
    shift = _duration(offset)
    if shift < timedelta(seconds=1):
        shift = timedelta()
    return _moved(midnight + time, shift if rest[zone_start] == "-" else -shift)


def format_instant(instant: datetime) -> str:
    """`2026-02-21T08:00:00.123456Z`; without a fraction when that is zero."""
    return instant.astimezone(timezone.utc).replace(tzinfo=None).isoformat() + "Z"


def now_timestamp() -> str:
    """The present, to the microsecond, in the form this package's peers write."""
    return format_instant(datetime.now(timezone.utc))


_Clock = tuple[int, int, int, int, bool]
"""Hour, minute, second, microseconds, and whether nothing was left over."""


def _duration(clock: _Clock) -> timedelta:
    return timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2], microseconds=clock[3])


def _moved(instant: datetime, by: timedelta) -> datetime | None:
    try:
        return instant + by
    except OverflowError:
        return None


def _find_separator(text: str) -> int:
    """Where the date ends. The first characters tell: the separator may be any character, even a digit."""
    if len(text) == 7:
        return 7
    if text[4] == "-":
        if text[5] != "W":
            return 10
        if len(text) > 8 and text[8] != "-":
            return 8
        return 8 if len(text) > 10 and _is_digit(text, 10) else 10
    if text[4] != "W":
        return 8
    digits_end = 7
    while _is_digit(text, digits_end):
        digits_end += 1
    if digits_end < 9:
        return digits_end
    return 7 if digits_end % 2 == 0 else 8


def _parse_date(text: str, end: int) -> date | None:
    year = _digits(text, 0, 4)
    if year is None or year < 1:
        return None
    is_extended = text[4:5] == "-"
    at = 5 if is_extended else 4
    if text[at : at + 1] == "W":
        return _parse_week_date(text, year, at + 1, end, is_extended)
    month = _digits(text, at, 2)
    if month is None or (is_extended and text[at + 2 : at + 3] != "-"):
        return None
    day_at = at + 3 if is_extended else at + 2
    day = _digits(text, day_at, 2)
    if day is None or day_at + 2 != end:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parse_week_date(text: str, year: int, week_at: int, end: int, is_extended: bool) -> date | None:
    week = _digits(text, week_at, 2)
    weekday: int | None = 1
    if week_at + 2 < end:
        if is_extended and text[week_at + 2] != "-":
            return None
        weekday = _digits(text, week_at + (3 if is_extended else 2), 1)
    if week is None or weekday is None:
        return None
    try:
        return date.fromisocalendar(year, week, weekday)
    except (ValueError, OverflowError):
        return None


def _parse_clock(text: str, start: int, end: int) -> _Clock | None:
    """Reads `HH[:MM[:SS[.ffffff]]]`, the colons optional as a whole, in `text[start:end]`."""
    parts = [0, 0, 0]
    at = start
    has_colons = True
    for index in range(3):
        part = _digits(text, at, 2)
        if part is None:
            return None
        parts[index] = part
        at += 2
        follower = text[at : at + 1]
        if index == 0:
            has_colons = follower == ":"
        if at + 1 >= end:
            return parts[0], parts[1], parts[2], 0, at >= len(text)
        if follower in (".", ",") or (has_colons and follower == ":"):
            at += 1
        elif has_colons:
            return None
        if follower in (".", ","):
            break
    length = min(6, end - at)
    fraction = _digits(text, at, length)
    if fraction is None:
        return None
    at += length
    while _is_digit(text, at):
        at += 1
    return parts[0], parts[1], parts[2], fraction * 10 ** (6 - length), at >= len(text)


def _digits(text: str, at: int, count: int) -> int | None:
    """The number that `count` ASCII digits at `at` write."""
    piece = text[at : at + count]
    if count == 0:
        return 0
    return int(piece) if len(piece) == count and _DIGITS.fullmatch(piece) else None


def _is_digit(text: str, at: int) -> bool:
    return "0" <= text[at : at + 1] <= "9" if at < len(text) else False
