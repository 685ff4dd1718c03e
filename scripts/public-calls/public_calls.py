"""The public calls of both SDKs side by side, from the code of both.

`python scripts/public-calls/public_calls.py` fails on a difference that differences.json does not list, on a listed one
that is none any more, and on a table in sdk/README.md that is not this one; `--write` writes the table.
"""

import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

import agentnet

Calls: TypeAlias = dict[str, dict[str, str]]
"""For each class its members, under "" the functions: name and what a caller writes."""

HERE = Path(__file__).parent
README = HERE.parents[1] / "sdk/README.md"
TABLE_START, TABLE_END = "<!-- calls: made by scripts/public-calls -->\n", "<!-- end of calls -->\n"


def python_calls() -> Calls:
    """Errors and options are data, not calls; classes count when both SDKs could have them."""
    calls: Calls = {"": {}}
    for name in agentnet.__all__:
        exported = getattr(agentnet, name)
        if inspect.isfunction(exported):
            calls[""][name] = _written(name, exported)
        elif inspect.isclass(exported):
            calls[name] = _members(exported)
    return calls


def typescript_calls() -> tuple[Calls, set[str]]:
    """With all exported names, those of types included."""
    command = [shutil.which("node") or "node", str(HERE / "read-typescript.mjs")]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
    return found["calls"], set(found["names"])


def _members(kind: type) -> dict[str, str]:
    own: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        if one.__module__.startswith("agentnet."):
            own |= vars(one)
    found = {}
    for name, member in own.items():
        if name.startswith("_"):
            continue
        if inspect.isfunction(member):
            found[name] = _written(name, member)
        elif isinstance(member, property):
            found[name] = name
    assigned = re.findall(r"^        self\.([a-z]\w*)(?::[^=]*)? =", inspect.getsource(kind), re.MULTILINE)
    return found | {name: name for name in assigned if name not in found}


def _written(name: str, function: Any) -> str:
    shown = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            shown.append(f"**{parameter.name}")
        elif parameter.kind is parameter.KEYWORD_ONLY:
            shown.append(f"{parameter.name}=" if parameter.default is parameter.empty else f"{parameter.name}=…")
        else:
            shown.append(parameter.name if parameter.default is parameter.empty else f"{parameter.name}?")
    return f"{name}({', '.join(shown)})"


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def pairs(typescript: Calls, names: set[str], python: Calls) -> list[tuple[str, str, str]]:
    """Class, TypeScript call, Python call; an empty text where there is none."""
    rows = []
    for kind in sorted(typescript.keys() & python.keys(), key=lambda kind: (kind == "", kind)):
        ours, theirs = python[kind], {snake(name): call for name, call in typescript[kind].items()}
        members = [*theirs, *(name for name in ours if name not in theirs)]
        rows += [(kind, theirs.get(name, ""), ours.get(name, "")) for name in members]
    # A data class of Python is a type without code there.
    rows += [("classes", name, "") for name in sorted(typescript.keys() - python.keys())]
    rows += [("classes", "", name) for name in sorted(python.keys() - typescript.keys() - names)]
    return rows


def named(row: tuple[str, str, str]) -> str:
    """`AgentSDK.onMessage`, as differences.json names it."""
    kind, typescript, python = row
    name = (typescript or python).split("(")[0]
    return f"{kind}.{name}" if kind else name


def table(rows: list[tuple[str, str, str]], reasons: dict[str, str]) -> str:
    lines = ["| | TypeScript | Python | difference |", "|---|---|---|---|"]
    for row in rows:
        kind, typescript, python = row
        reason = "" if typescript and python else reasons.get(named(row), "")
        lines.append(f"| {kind or 'functions'} | {_code(typescript)} | {_code(python)} | {reason} |")
    return "\n".join(lines) + "\n"


def _code(call: str) -> str:
    return f"`{call}`" if call else "none"


def complaints(rows: list[tuple[str, str, str]], reasons: dict[str, str]) -> list[str]:
    different = {named(row) for row in rows if not (row[1] and row[2])}
    unlisted = [f"{name}: only one SDK has it; add it to the other, or to differences.json" for name in different]
    stale = [f"{name}: both SDKs have it, or neither; remove it from differences.json" for name in reasons]
    return sorted(
        [text for text in unlisted if text.split(":")[0] not in reasons]
        + [text for text in stale if text.split(":")[0] not in different]
    )


def main(arguments: list[str]) -> int:
    reasons: dict[str, str] = json.loads((HERE / "differences.json").read_text("utf-8"))
    rows = pairs(*typescript_calls(), python_calls())
    found = complaints(rows, reasons)
    text = README.read_text("utf-8")
    before, rest = text.split(TABLE_START)
    after = rest.split(TABLE_END)[1]
    wanted = f"{before}{TABLE_START}\n{table(rows, reasons)}\n{TABLE_END}{after}"
    if "--write" in arguments:
        README.write_text(wanted, "utf-8")
    elif wanted != text:
        found.append(
            "sdk/README.md: the table is not that of the code; run scripts/public-calls/public_calls.py --write"
        )
    print("\n".join(found) or f"{len(rows)} calls, {len(reasons)} listed differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
