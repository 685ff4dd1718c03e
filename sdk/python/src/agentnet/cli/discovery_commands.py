"""Who is there: list, search, profile, metrics."""

from argparse import ArgumentParser, Namespace
from typing import Any

from agentnet_protocol import AgentRow, MetricsReply, Profile, ProfileSession, SearchResult, limits

from ..discovery.one_shot import get_profile, get_registry_metrics, list_online_agents, search_agents
from ..errors import ValidationError
from .command import Answer, Command, Network
from .option_values import whole_number
from .text import Column, render_facts, render_table, safe_json

_AGENTS: list[Column[AgentRow]] = [
    Column("USERNAME", lambda row: f"@{row.username or ''}"),
    Column("NAME", lambda row: row.name),
    Column("CAPABILITIES", lambda row: ", ".join(row.capabilities)),
    Column("ACCOUNT", lambda row: row.account_id or ""),
    Column("LAST SEEN", lambda row: row.last_seen or ""),
]

_ACCOUNTS: list[Column[SearchResult]] = [
    Column("USERNAME", lambda row: f"@{row.username}"),
    Column("NAME", lambda row: row.display_name),
    Column("ONLINE", lambda row: row.online_sessions, right=True),
    Column("CAPABILITIES", lambda row: ", ".join(row.capabilities)),
    Column("ACCOUNT", lambda row: row.account_id),
]

_SESSIONS: list[Column[ProfileSession]] = [
    Column("SESSION", lambda row: row.session_tag),
    Column("AGENT", lambda row: row.agent_id),
    Column("CONNECTED", lambda row: row.connected_at),
    Column("LAST SEEN", lambda row: row.last_seen),
]

_FIGURES: list[Column[list[object]]] = [
    Column("NAME", lambda row: row[0]),
    Column("CALLS", lambda row: row[1], right=True),
    Column("ERRORS", lambda row: row[2], right=True),
    Column("P50 MS", lambda row: row[3], right=True),
    Column("P95 MS", lambda row: row[4], right=True),
    Column("P99 MS", lambda row: row[5], right=True),
]


async def _list(flags: Namespace, network: Network) -> Answer:
    rows = await list_online_agents(network.nats_url, timeout=network.timeout)
    return Answer(
        {"agents": [row.to_dict() for row in rows]},
        lambda: render_table(_AGENTS, rows) if rows else "Nobody is online.",
    )


def _search_options(parser: ArgumentParser) -> None:
    parser.add_argument("--query", metavar="<text>", help="part of the username or display name, any case")
    parser.add_argument("--capability", metavar="<name>", help="only accounts that offer exactly this")
    parser.add_argument("--online-only", action="store_true", help="only accounts with an online session")
    parser.add_argument(
        "--limit",
        metavar="<n>",
        type=whole_number("--limit", least=limits.PAGE_LIMIT_MIN, most=limits.SEARCH_LIMIT_MAX),
        help=f"rows per page (default: {limits.SEARCH_LIMIT_DEFAULT})",
    )
    parser.add_argument("--cursor", metavar="<cursor>", help="continue where the page before ended")


async def _search(flags: Namespace, network: Network) -> Answer:
    reply = await search_agents(
        network.nats_url,
        timeout=network.timeout,
        query=flags.query,
        capability=flags.capability,
        online_only=flags.online_only or None,
        limit=flags.limit,
        cursor=flags.cursor,
    )
    return Answer(
        reply.to_dict(),
        lambda: render_table(_ACCOUNTS, reply.results) if reply.results else "No account matches.",
        reply.get("next_cursor"),
    )


def _profile_options(parser: ArgumentParser) -> None:
    parser.add_argument("--username", metavar="<name>", help="the account with this username")
    parser.add_argument("--account-id", metavar="<id>", help="the account with this id")


async def _profile(flags: Namespace, network: Network) -> Answer:
    targets = [
        f"{kind}:{value}" for kind, value in (("username", flags.username), ("account", flags.account_id)) if value
    ]
    if len(targets) != 1:
        raise ValidationError("invalid_option", "give one of --username and --account-id")
    profile = await get_profile(network.nats_url, targets[0], timeout=network.timeout)
    return Answer({"profile": profile.to_dict()}, lambda: _profile_text(profile))


def _profile_text(profile: Profile) -> str:
    facts = render_facts(
        {
            "username": f"@{profile.username}",
            "name": profile.display_name,
            "account": profile.account_id,
            "online": "yes" if profile.online else "no",
            "capabilities": ", ".join(profile.capabilities) or "none",
            "metadata": safe_json(profile.metadata),
            "since": profile.created_at,
        }
    )
    sessions = profile.online_sessions
    return f"{facts}\n\n{render_table(_SESSIONS, sessions)}" if sessions else facts


async def _metrics(flags: Namespace, network: Network) -> Answer:
    metrics = await get_registry_metrics(network.nats_url, timeout=network.timeout)
    return Answer(metrics.to_dict(), lambda: _metrics_text(metrics))


def _metrics_text(metrics: MetricsReply) -> str:
    told: dict[str, Any] = metrics.to_dict()
    queue, latencies = told["db_write_queue"], told["latency_ms"]
    facts = render_facts(
        {
            "registry": told["server_id"],
            "at": told["generated_at"],
            "database": "yes" if told["store_enabled"] else "no",
            "history": (
                f"{queue['size']} waiting, {queue['overflow_count']} lost" if queue["enabled"] else "not written"
            ),
        }
    )

    def latency_of(name: str) -> list[object]:
        return [latencies.get(name, {}).get(percentile, "") for percentile in ("p50", "p95", "p99")]

    rows = [
        [name, called["calls"], called["errors"], *latency_of(f"handler.{name}")]
        for name, called in told["handlers"].items()
    ]
    rows += [
        [name, latency["count"], "", *latency_of(name)]
        for name, latency in latencies.items()
        if not name.startswith("handler.")
    ]
    return f"{facts}\n\n{render_table(_FIGURES, rows)}" if rows else facts


def _no_options(parser: ArgumentParser) -> None:
    """`list` and `metrics` have those of every command only."""


DISCOVERY_COMMANDS = (
    Command("list", "Lists who is online, one line per session.", _no_options, _list),
    Command("search", "Looks for accounts, online or not.", _search_options, _search),
    Command("profile", "Shows one account and its online sessions.", _profile_options, _profile),
    Command("metrics", "Shows the counters of the registry process that answers.", _no_options, _metrics),
)
