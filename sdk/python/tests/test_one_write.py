"""How often an agent writes to its socket."""

import asyncio
import sys
from collections.abc import Awaitable, Iterable

import pytest
from agentnet import AgentNetError, HandlerContext, ReceivedMessage
from agentnet.connection.link import Link
from agentnet.connection.outgoing import Outgoing
from agentnet_protocol import subjects
from harness.message_builder import a_message, unique_name
from harness.network import Network
from harness.raw_client import PATIENCE


def note_writes(link: Link, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What goes to the socket from now on, write by write."""
    writes: list[bytes] = []
    transport = link.client._transport
    assert transport
    write = transport.writelines

    def note(pieces: Iterable[bytes]) -> None:
        writes.append(b"".join(pieces))
        write([writes[-1]])

    monkeypatch.setattr(transport, "writelines", note)
    return writes


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there, a task does not tell whether it is being cancelled")
@pytest.mark.parametrize("receipts", [None, "with_reply"])
async def test_given_a_handler_that_answers_at_once_when_a_request_comes_then_all_that_is_said_leaves_in_one_write(
    network: Network, monkeypatch: pytest.MonkeyPatch, receipts: str | None
) -> None:
    async def echo(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.reply(message.payload)

    answerer, asker = await network.peer(echo), await network.raw_peer()
    assert answerer.node._session
    writes = note_writes(answerer.node._session.outbox.link, monkeypatch)
    message = a_message(sender=asker.account_id, to=answerer.account_id, payload="once", receipts=receipts)
    await network.client.request(answerer.inbox, message)
    own = [write for write in writes if message["message_id"].encode() in write]
    said = [[write.count(word) for word in (b'"once"', b'"accepted"', b'"processed"')] for write in own]
    assert said == [[1, 0, 1] if receipts else [1, 1, 1]]


async def test_given_several_messages_when_posted_in_one_turn_then_they_leave_in_order_and_in_one_write(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = subjects.account_inbox(unique_name("post"))
    writes = note_writes(raw, monkeypatch)
    for body in (b"1", b"2"):
        raw.post(subject, body)
    await raw.publish(subject, b"3", headers={"A": "b\r\nC: d"})
    await raw.flush()
    (written,) = [write for write in writes if subject.encode() in write]
    assert [line for line in written.split(b"\r\n") if line in (b"1", b"2", b"3")] == [b"1", b"2", b"3"]
    # What a header holds never becomes a header of its own.
    assert b"\r\nA: b  C: d\r\n" in written


@pytest.mark.parametrize("subject", ["a b", "a\r\nPUB x 0", "", "a\tb"])
async def test_given_a_subject_that_would_break_the_protocol_when_posted_then_it_is_refused_and_nothing_is_written(
    raw: Link, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    writes = note_writes(raw, monkeypatch)
    for where, reply in ((subject, ""), ("a", f"{subject} ")):
        with pytest.raises(AgentNetError) as refusal:
            raw.post(where, b"", reply=reply)
        assert refusal.value.code == "invalid_subject_token"
    await raw.flush()
    assert [write for write in writes if write] == []


async def test_given_a_body_that_is_too_large_with_its_headers_when_posted_then_it_is_refused_and_the_connection_stays(
    raw: Link,
) -> None:
    subject = subjects.account_inbox(unique_name("large"))
    heard: list[int] = []
    await raw.listen(subject, lambda message: heard.append(len(message.body)))
    body = b"x" * raw.client.max_payload
    with pytest.raises(AgentNetError) as refusal:
        raw.post(subject, body, headers={"A": "b"})
    assert refusal.value.code == "message_too_large"
    raw.post(subject, body)
    await raw.flush()
    assert heard == [len(body)]


async def test_given_what_is_posted_while_the_connection_closes_then_it_arrives(nats_url: str, raw: Link) -> None:
    subject = subjects.account_inbox(unique_name("late"))
    heard = asyncio.Event()
    await raw.listen(subject, lambda message: heard.set())
    await raw.flush()
    link = Link(on_error=lambda error: None)
    await link.open(nats_url, name="leaver", timeout=10, max_reconnect_attempts=0)
    flush = link.client.flush

    async def flush_then_post(timeout: int = 10) -> None:
        await flush(timeout)
        link.post(subject, b"last words")

    link.client.flush = flush_then_post  # type: ignore[method-assign]
    await link.close(10)
    await asyncio.wait_for(heard.wait(), PATIENCE)


async def test_given_more_than_the_socket_takes_when_published_then_everything_arrives_in_order(raw: Link) -> None:
    subject = subjects.account_inbox(unique_name("crowd"))
    heard: list[bytes] = []
    await raw.listen(subject, lambda message: heard.append(message.body[:4]))
    body = b"x" * 100_000
    for number in range(50):
        await raw.publish(subject, b"%04d" % number + body)
    await raw.flush()
    assert heard == [b"%04d" % number for number in range(50)]


async def test_given_a_listener_that_fails_when_messages_come_then_the_connection_hears_on_and_tells(
    nats_url: str,
) -> None:
    errors: list[AgentNetError] = []
    link = Link(on_error=errors.append)
    await link.open(nats_url, name="listener", timeout=10, max_reconnect_attempts=0)
    subject, heard = subjects.account_inbox(unique_name("fails")), 0

    def fail_first(message: object) -> None:
        nonlocal heard
        heard += 1
        if heard == 1:
            raise ValueError("the first one")

    await link.listen(subject, fail_first)
    for _ in range(2):
        await link.publish(subject, b"")
    await link.flush()
    await link.close(5)
    assert (heard, [str(error.__cause__ or error) for error in errors]) == (2, ["[connection_closed] the first one"])


class Late:
    """Is made when it leaves; None and errors count, too."""

    def __init__(self, makes: Outgoing | Exception | None) -> None:
        self._makes = makes
        self.heard: list[str] = []

    def make(self) -> Outgoing | None:
        self.heard.append("make")
        if isinstance(self._makes, Exception):
            raise self._makes
        return self._makes

    def drop(self) -> None:
        self.heard.append("drop")


async def test_given_what_is_made_when_it_leaves_when_its_turn_comes_then_it_stands_where_it_was_posted(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, writes = subjects.account_inbox(unique_name("late")), note_writes(raw, monkeypatch)
    late, needless = Late(Outgoing(subject, b"2", headers={"A": "b"})), Late(None)
    raw.post(subject, b"1")
    raw.post_late(late, 1)
    raw.post_late(needless, 1)
    raw.post(subject, b"3")
    assert late.heard == []
    await asyncio.sleep(0)
    (written,) = [write for write in writes if subject.encode() in write]
    assert [line for line in written.split(b"\r\n") if line in (b"1", b"2", b"3")] == [b"1", b"2", b"3"]
    assert (late.heard, needless.heard) == (["make"], ["make"])


async def test_given_what_cannot_be_made_when_it_leaves_then_the_rest_leaves_and_the_failure_is_told(
    nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[AgentNetError] = []
    link = Link(on_error=errors.append)
    await link.open(nats_url, name="late", timeout=10, max_reconnect_attempts=0)
    subject, writes = subjects.account_inbox(unique_name("late")), note_writes(link, monkeypatch)
    link.post_late(Late(ValueError("no words")), 1)
    link.post_late(Late(Outgoing("", b"")), 1)
    link.post(subject, b"left")
    await link.close(5)
    assert [error.code for error in errors] == ["connection_closed", "invalid_subject_token"]
    assert any(subject.encode() in write for write in writes)


async def test_given_what_is_made_when_it_leaves_when_the_connection_is_lost_then_it_is_told_and_never_made(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Late(Outgoing(subjects.account_inbox(unique_name("late")), b""))
    raw.post_late(late, 1)
    monkeypatch.setattr(type(raw.client), "is_connected", False)
    await asyncio.sleep(0)
    with pytest.raises(AgentNetError) as refusal:
        raw.post_late(late, 1)
    monkeypatch.undo()
    await raw.flush()
    assert (late.heard, refusal.value.code) == (["drop"], "connection_closed")


async def test_given_what_gives_way_when_work_has_begun_before_it_then_what_that_posts_leaves_with_it(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, writes = subjects.account_inbox(unique_name("way")), note_writes(raw, monkeypatch)
    loop = asyncio.get_running_loop()
    for at in (b"1", b"2"):
        loop.call_soon(raw.post, subject, at)
        raw.post_late(Late(Outgoing(subject, b"first")), 1, gives_way=True)
    await asyncio.sleep(0)
    assert [write.count(subject.encode()) for write in writes] == [4]


async def test_given_something_that_rides_when_something_is_posted_then_both_leave_in_one_write_and_in_order(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentnet.connection.write_queue._RIDE_SECONDS", PATIENCE)
    subject = subjects.account_inbox(unique_name("ride"))
    writes, dropped = note_writes(raw, monkeypatch), list[bool]()
    raw.ride(subject, b"first", on_dropped=lambda: dropped.append(True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [write for write in writes if subject.encode() in write] == []
    raw.post(subject, b"second")
    await asyncio.sleep(0)
    (written,) = [write for write in writes if subject.encode() in write]
    assert [line for line in written.split(b"\r\n") if line in (b"first", b"second")] == [b"first", b"second"]
    assert dropped == []


async def test_given_something_that_rides_when_nothing_is_posted_then_it_leaves_by_itself(raw: Link) -> None:
    subject, heard = subjects.account_inbox(unique_name("ride")), asyncio.Event()
    await raw.listen(subject, lambda message: heard.set())
    raw.ride(subject, b"", on_dropped=lambda: None)
    await asyncio.wait_for(heard.wait(), PATIENCE)


async def test_given_more_that_rides_than_should_wait_when_it_is_too_much_then_it_leaves(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentnet.connection.write_queue._RIDE_SECONDS", PATIENCE)
    subject, writes = subjects.account_inbox(unique_name("ride")), note_writes(raw, monkeypatch)
    for _ in range(3):
        raw.ride(subject, b"x" * 30_000, on_dropped=lambda: None)
    assert [write.count(subject.encode()) for write in writes] == [3]


async def test_given_something_that_rides_when_the_connection_is_lost_then_whoever_sent_it_is_told_once(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, dropped = subjects.account_inbox(unique_name("ride")), list[bool]()
    told = asyncio.Event()

    def note() -> None:
        dropped.append(True)
        told.set()

    raw.ride(subject, b"that leaves before", on_dropped=lambda: dropped.append(False))
    await raw.flush()
    raw.ride(subject, b"", on_dropped=note)
    monkeypatch.setattr(type(raw.client), "is_connected", False)
    await asyncio.wait_for(told.wait(), PATIENCE)
    raw.client.write_posted()
    monkeypatch.undo()
    await raw.flush()
    assert dropped == [True]


async def test_given_work_for_afterwards_when_its_turn_comes_then_what_was_posted_meanwhile_has_left(
    raw: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, writes = subjects.account_inbox(unique_name("after")), note_writes(raw, monkeypatch)
    seen: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    raw.afterwards(lambda: seen.set_result(any(subject.encode() in write for write in writes)))
    asyncio.get_running_loop().call_soon(lambda: raw.post(subject, b""))
    assert await asyncio.wait_for(seen, PATIENCE)


async def test_given_work_for_afterwards_when_the_link_is_flushed_or_closed_before_then_it_is_done_first(
    nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, done = Link(on_error=lambda error: None), list[str]()
    await link.open(nats_url, name="leaver", timeout=10, max_reconnect_attempts=0)
    flush = link.client.flush

    async def note_flush(timeout: int = 10) -> None:
        done.append("to flush")
        await flush(timeout)
        link.afterwards(lambda: done.append("meanwhile" if link.is_up else "too late"))

    async def wait_inline(waiting: Awaitable[object], timeout: float) -> object:
        return await waiting

    monkeypatch.setattr(link.client, "flush", note_flush)
    # As from Python 3.12 on; the tasks of older ones would give the work its turn.
    monkeypatch.setattr(asyncio, "wait_for", wait_inline)
    link.afterwards(lambda: done.append("before"))
    await link.flush()
    link.afterwards(lambda: done.append("at the end"))
    await link.close(10)
    assert done == ["before", "to flush", "meanwhile", "at the end", "to flush", "meanwhile"]
