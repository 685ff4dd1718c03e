"""Which rules and cases of an agent the tests of this folder cite."""

import ast
import re
from pathlib import Path

from agentnet_protocol.rules import rules

GROUPS = "MRGAXB"
"""Messaging, receipts, guardrails, auth, streaming, blobs."""

PROVED_ELSEWHERE = {
    "A-01": "golden vectors: tests/test_auth_claims.py",
    "A-02": "golden vectors: tests/test_auth_claims.py",
    "A-04": "the registry refuses: contract-tests/scenarios",
    "A-05": "the registry refuses: contract-tests/scenarios",
    "A-10": "the registry refuses: contract-tests/scenarios",
}
"""Cases of these groups that no test here drives, and why."""

RULES_PROVED_ELSEWHERE = {
    "request.absent": "needs a network on which nothing records: contract-tests/scenarios/outcomes.test.ts",
}
"""Rules of driven cases that no test here cites, and why."""

_RULE = re.compile(r"\b[a-z]+(?:[.-][a-z0-9]+)*\.[a-z0-9]+(?:[.-][a-z0-9]+)*\b")


def citations() -> tuple[set[str], set[str]]:
    """Rules and cases that docstrings of tests name."""
    named = ""
    for path in sorted(Path(__file__).parent.glob("test_*_cases.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                cited = ast.get_docstring(node)
                assert cited, f"{path.name}: {node.name} cites no rule"
                named += f"{cited}\n"
    return set(_RULE.findall(named)), set(re.findall(rf"\b[{GROUPS}]-\d\d\b", named))


def test_given_a_citation_when_looked_up_then_the_spec_has_that_rule_for_that_case() -> None:
    cited, cases = citations()
    assert cited - rules.keys() == set()
    assert cases - {case for facts in rules.values() for case in facts.cases} == set()


def test_given_the_cases_of_an_agent_when_counted_then_each_is_cited_or_excused_with_a_reason() -> None:
    _, cited = citations()
    wanted = {case for facts in rules.values() for case in facts.cases if case[0] in GROUPS}
    assert cited & PROVED_ELSEWHERE.keys() == set()
    assert wanted - cited == PROVED_ELSEWHERE.keys()


def test_given_the_rules_of_the_driven_cases_when_counted_then_each_is_cited_or_excused_with_a_reason() -> None:
    cited, _ = citations()
    wanted = {
        rule
        for rule, facts in rules.items()
        if any(case[0] in GROUPS and case not in PROVED_ELSEWHERE for case in facts.cases)
    }
    assert wanted - cited == RULES_PROVED_ELSEWHERE.keys()
