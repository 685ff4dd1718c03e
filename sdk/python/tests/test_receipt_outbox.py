"""In which way each receipt leaves."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from agentnet.errors import TransportError
from agentnet.identity.detached_text import Place
from agentnet.inbox.receipt_outbox import DueReceipt, ReceiptOutbox
from agentnet.outbox.seal import SealedPublisher
from agentnet_protocol import subjects


class NotingPublisher:
    """Notes what is sent, and how. `rest` lets come what is planned for later."""

    def __init__(self, *, signs: bool = True, knows_detached: bool = True) -> None:
        self.left: list[str] = []
        self.errors: list[str] = []
        self.is_up = True
        self.planned: list[Callable[[], object]] = []
        self.dropping: list[Callable[[], object]] = []
        signer = SimpleNamespace(knows_detached=lambda account_id: knows_detached)
        self.sender = SimpleNamespace(signer=signer if signs else None)
        self.link = SimpleNamespace(afterwards=self.planned.append)
        self.outbox = ReceiptOutbox(cast(SealedPublisher, self), lambda error: self.errors.append(error.code))

    def send(self, status: str, message_id: str, *, is_answered: bool = False) -> None:
        place = Place(subjects.account_receipts("acct_b"), f"{status} {message_id}".encode())
        self.outbox.send(
            DueReceipt(status=status, message_id=message_id, account_id="acct_b", place=place, is_answered=is_answered)
        )

    def rest(self) -> None:
        planned = self.planned[:]
        self.planned.clear()
        for work in planned:
            work()

    def drop(self) -> None:
        for on_dropped in self.dropping:
            on_dropped()

    def post(self, purpose: str, place: Place) -> None:
        self._note("at once", place)

    def ride(self, purpose: str, place: Place, on_dropped: Callable[[], Any]) -> None:
        self._note("rides", place)
        self.dropping.append(on_dropped)

    def _note(self, how: str, place: Place) -> None:
        if not self.is_up:
            raise TransportError("connection_closed", "gone")
        self.left.append(f"{how} {place.body.decode()}")


def test_given_requests_that_were_replied_to_at_once_when_their_receipts_leave_then_they_ride_in_order() -> None:
    publisher = NotingPublisher()
    for message_id in ("1", "2"):
        publisher.send("accepted", message_id)
    for message_id in ("1", "2"):
        publisher.send("processed", message_id, is_answered=True)
    assert publisher.left == []
    publisher.rest()
    assert publisher.left == ["rides accepted 1", "rides accepted 2", "rides processed 1", "rides processed 2"]


def test_given_a_handler_that_runs_or_has_not_replied_when_the_receipts_leave_then_at_once() -> None:
    publisher = NotingPublisher()
    publisher.send("accepted", "1")
    publisher.send("accepted", "2")
    publisher.send("processed", "2")
    publisher.rest()
    publisher.send("processed", "1", is_answered=True)
    publisher.rest()
    assert publisher.left == ["at once accepted 1", "at once accepted 2", "at once processed 2", "rides processed 1"]


def test_given_a_sender_of_the_first_scheme_when_its_receipts_are_due_then_accepted_is_not_put_off() -> None:
    publisher = NotingPublisher(knows_detached=False)
    publisher.send("accepted", "1")
    publisher.send("processed", "1", is_answered=True)
    assert publisher.left == ["at once accepted 1"]
    publisher.rest()
    assert publisher.left == ["at once accepted 1", "rides processed 1"]


def test_given_an_agent_that_does_not_sign_when_receipts_are_due_then_they_leave_where_they_stand() -> None:
    publisher = NotingPublisher(signs=False)
    publisher.send("accepted", "1")
    publisher.send("processed", "1", is_answered=True)
    assert publisher.left == ["at once accepted 1", "at once processed 1"]


def test_given_a_connection_lost_while_receipts_ride_when_it_is_back_then_the_final_one_is_sent_once() -> None:
    """receipt.final.reconnect"""
    publisher = NotingPublisher()
    publisher.send("accepted", "1")
    publisher.send("processed", "1", is_answered=True)
    publisher.rest()
    publisher.drop()
    publisher.outbox.settle()
    publisher.outbox.settle()
    assert publisher.left[2:] == ["at once processed 1"]


def test_given_a_connection_that_is_down_when_receipts_are_due_then_the_final_ones_wait_and_no_error_is_told() -> None:
    """receipt.final.reconnect"""
    publisher = NotingPublisher()
    publisher.is_up = False
    publisher.send("accepted", "1")
    publisher.send("processed", "1", is_answered=True)
    publisher.send("rejected", "2")
    publisher.rest()
    assert (publisher.left, publisher.errors) == ([], [])
    publisher.is_up = True
    publisher.outbox.settle()
    assert publisher.left == ["at once processed 1", "at once rejected 2"]
