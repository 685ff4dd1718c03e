"""The spec says its subjects once."""

import ast
import re
from collections.abc import Iterator

from harness.processes import REPOSITORY

FOLDERS = ("sdk/python/src", "sdk/python/tests", "bench/python", "contract-tests/peers/python", "examples/python")
SUBJECT = re.compile(r"(?:registry|account|agent\.capability|agentnet\.keys|agentnet\.history)\.(?:\w|\*|>|$)")


def texts_of(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every text of a program but its comments in prose: those are statements by themselves."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node


def test_given_the_python_code_when_read_then_it_types_no_subject_that_agentnet_protocol_knows() -> None:
    files = [path for folder in FOLDERS for path in sorted((REPOSITORY / folder).rglob("*.py"))]
    typed = [
        f"{path.relative_to(REPOSITORY)}:{text.lineno}: use agentnet_protocol.subjects for {text.value!r}"
        for path in files
        for text in texts_of(ast.parse(path.read_text("utf-8")))
        if SUBJECT.match(text.value)
    ]
    assert len(files) > 100
    assert typed == []
