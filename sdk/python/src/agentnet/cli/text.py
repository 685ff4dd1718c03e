"""Text for terminals; all of it may come from strangers."""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

_Row = TypeVar("_Row")


def safe_json(value: Any, *, indent: int | None = None) -> str:
    """JSON that is harmless to a terminal and still exact."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, indent=indent, separators=separators).replace("\x7f", "\\u007f")


def visible(text: str) -> str:
    """On one line, without control, formatting and other characters that nobody sees."""
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "" for letter in text)


@dataclass(frozen=True)
class Column(Generic[_Row]):
    """One column of a table; text from the network is welcome."""

    title: str
    cell: Callable[[_Row], object]
    right: bool = False
    max_width: int = 48


def render_table(columns: Sequence[Column[_Row]], rows: Sequence[_Row]) -> str:
    """Title line first; widths are terminal columns, so wide characters line up."""
    lines = [[column.title for column in columns]]
    lines += [[_cut(visible(str(column.cell(row))), column.max_width) for column in columns] for row in rows]
    widths = [max(_width(line[index]) for line in lines) for index in range(len(columns))]
    return "\n".join(
        "  ".join(
            _padded(text, width, right=column.right) for text, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    )


def render_facts(facts: Mapping[str, object]) -> str:
    """The facts of one thing, a line each, names aligned."""
    width = max(len(name) for name in facts)
    return "\n".join(f"{name:<{width}}  {visible(str(value))}" for name, value in facts.items())


def _cut(text: str, max_width: int) -> str:
    if _width(text) <= max_width:
        return text
    kept = ""
    for letter in text:
        if _width(kept + letter) >= max_width:
            break
        kept += letter
    return f"{kept}…"


def _padded(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
