"""The ids that the SDK gives its messages."""

import re

import pytest
from agentnet.outbox.build_message import new_message_id

FORM = re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")


def test_given_two_instants_when_ids_are_made_then_they_are_uuidv4_in_form_ordered_and_never_the_same() -> None:
    """Spec: rule `message.sent.id`."""
    early = [new_message_id(1_700_000_000.000) for _ in range(100)]
    late = new_message_id(1_700_000_000.001)
    assert all(FORM.fullmatch(one) for one in [*early, late])
    assert len(set(early)) == 100
    assert all(one < late for one in early)


@pytest.mark.parametrize("now", [0, -1, -62_135_596_800, 2.0**48, 253_402_300_799.999])
def test_given_an_odd_clock_when_an_id_is_made_then_its_form_is_that_of_any_other(now: float) -> None:
    """Spec: rule `message.sent.id`."""
    assert FORM.fullmatch(new_message_id(now))
