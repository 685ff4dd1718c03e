"""What was said: threads, thread-status, thread-messages, message-search."""

from argparse import ArgumentParser, Namespace

from agentnet_protocol import MessageRow, ThreadRow, ThreadStatusReply, limits

from ..discovery.one_shot import get_thread_messages, get_thread_status, list_threads, search_messages
from .command import Answer, Command, Network
from .option_values import whole_number
from .text import Column, render_facts, render_table, safe_json

_THREADS: list[Column[ThreadRow]] = [
    Column("THREAD", lambda row: row.thread_id, max_width=64),
    Column("MESSAGES", lambda row: row.message_count, right=True),
    Column("PENDING", lambda row: row.pending_messages, right=True),
    Column("TOKENS", lambda row: row.approx_tokens, right=True),
    Column("STATUS", lambda row: row.status),
    Column("LAST ACTIVITY", lambda row: row.last_message_at or row.updated_at),
]

_MESSAGES: list[Column[MessageRow]] = [
    Column("SENT", lambda row: row.sent_at),
    Column("KIND", lambda row: row.kind),
    Column("FROM", lambda row: row.from_account_id or ""),
    Column("TO", lambda row: row.to_agent),
    Column("PAYLOAD", lambda row: safe_json(row.payload), max_width=100),
    Column("MESSAGE", lambda row: row.message_id),
]


def _page_options(parser: ArgumentParser, *, default: int, most: int, rows: str = "rows per page") -> None:
    parser.add_argument(
        "--limit",
        metavar="<n>",
        type=whole_number("--limit", least=limits.PAGE_LIMIT_MIN, most=most),
        help=f"{rows} (default: {default})",
    )
    parser.add_argument("--cursor", metavar="<cursor>", help="continue where the page before ended")


def _threads_options(parser: ArgumentParser) -> None:
    parser.add_argument("--participant-username", metavar="<name>", help="only threads of this username")
    parser.add_argument("--participant-account-id", metavar="<id>", help="only threads of this account")
    parser.add_argument("--query", metavar="<text>", help="part of the thread id, any case")
    _page_options(parser, default=limits.THREAD_LIST_LIMIT_DEFAULT, most=limits.THREAD_LIST_LIMIT_MAX)


async def _threads(flags: Namespace, network: Network) -> Answer:
    reply = await list_threads(
        network.nats_url,
        timeout=network.timeout,
        participant_username=flags.participant_username,
        participant_account_id=flags.participant_account_id,
        query=flags.query,
        limit=flags.limit,
        cursor=flags.cursor,
    )
    return Answer(
        reply.to_dict(),
        lambda: render_table(_THREADS, reply.results) if reply.results else "No thread matches.",
        reply.get("next_cursor"),
    )


def _thread_option(parser: ArgumentParser) -> None:
    parser.add_argument("--thread-id", metavar="<id>", required=True, help="the thread; `agentnet threads` lists them")


async def _thread_status(flags: Namespace, network: Network) -> Answer:
    reply = await get_thread_status(network.nats_url, flags.thread_id, timeout=network.timeout)
    return Answer(reply.to_dict(), lambda: _status_text(reply))


def _status_text(reply: ThreadStatusReply) -> str:
    return render_facts(
        {
            "thread": reply.thread_id,
            "status": reply.status,
            "messages": f"{reply.message_count} ({reply.pending_messages} after the last checkpoint)",
            "size": f"{reply.byte_count} bytes, about {reply.approx_tokens} tokens",
            "participants": ", ".join(reply.participants),
            "last activity": reply.last_message_at or reply.updated_at,
        }
    )


def _thread_messages_options(parser: ArgumentParser) -> None:
    _thread_option(parser)
    _page_options(
        parser,
        default=limits.MESSAGES_LIMIT_DEFAULT,
        most=limits.MESSAGES_LIMIT_MAX,
        rows="messages per page, the newest first",
    )


async def _thread_messages(flags: Namespace, network: Network) -> Answer:
    reply = await get_thread_messages(
        network.nats_url, flags.thread_id, timeout=network.timeout, limit=flags.limit, cursor=flags.cursor
    )
    return Answer(
        reply.to_dict(),
        lambda: render_table(_MESSAGES, reply.messages[::-1]) if reply.messages else "No messages on record.",
        reply.get("next_cursor"),
    )


def _message_search_options(parser: ArgumentParser) -> None:
    parser.add_argument("--thread-id", metavar="<id>", help="only of this thread")
    parser.add_argument("--from-account-id", metavar="<id>", help="only from this account")
    parser.add_argument("--to-account-id", metavar="<id>", help="only to this account")
    parser.add_argument("--kind", metavar="<kind>", help="only of this kind")
    parser.add_argument("--from-ts", metavar="<instant>", help="only sent at or after this ISO 8601 instant")
    parser.add_argument("--to-ts", metavar="<instant>", help="only sent at or before this ISO 8601 instant")
    parser.add_argument("--text", metavar="<words>", help="only with all these words in the payload, in any order")
    parser.add_argument("--participant-account-id", metavar="<id>", help="only from or to this account")
    parser.add_argument("--status", metavar="<status>", help="only received, accepted, processed or rejected")
    parser.add_argument("--trace-id", metavar="<id>", help="only of this piece of work")
    parser.add_argument(
        "--received-from-ts",
        metavar="<instant>",
        help="only received at or after this instant by the network's clock",
    )
    parser.add_argument(
        "--received-to-ts",
        metavar="<instant>",
        help="only received at or before this instant by the network's clock",
    )
    _page_options(
        parser, default=limits.MESSAGES_LIMIT_DEFAULT, most=limits.MESSAGES_LIMIT_MAX, rows="messages per page"
    )


async def _message_search(flags: Namespace, network: Network) -> Answer:
    reply = await search_messages(
        network.nats_url,
        timeout=network.timeout,
        thread_id=flags.thread_id,
        from_account_id=flags.from_account_id,
        to_account_id=flags.to_account_id,
        kind=flags.kind,
        from_ts=flags.from_ts,
        to_ts=flags.to_ts,
        text=flags.text,
        participant_account_id=flags.participant_account_id,
        status=flags.status,
        trace_id=flags.trace_id,
        received_from_ts=flags.received_from_ts,
        received_to_ts=flags.received_to_ts,
        limit=flags.limit or limits.MESSAGES_LIMIT_DEFAULT,
        cursor=flags.cursor,
    )
    return Answer(
        reply.to_dict(),
        lambda: render_table(_MESSAGES, reply.messages) if reply.messages else "No message matches.",
        reply.get("next_cursor"),
    )


HISTORY_COMMANDS = (
    Command("threads", "Lists threads, newest activity first.", _threads_options, _threads),
    Command("thread-status", "Shows the size and state of one thread.", _thread_option, _thread_status),
    Command(
        "thread-messages",
        "Shows the messages of one thread. The table is oldest first; JSON is the registry reply, newest first.",
        _thread_messages_options,
        _thread_messages,
    ),
    Command("message-search", "Looks for recorded messages, newest first.", _message_search_options, _message_search),
)
