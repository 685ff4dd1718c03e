"""A registry that is older than what it is asked for."""

import json
from pathlib import Path

import pytest
from agentnet import AgentNetError, search_messages
from agentnet_protocol import subjects
from harness.processes import nats_server
from harness.raw_client import Frame, raw_client

_FILTERS = ("thread_id", "from_account_id", "to_account_id", "kind", "from_ts", "to_ts")


async def test_given_a_registry_that_ignores_a_filter_when_messages_are_looked_for_by_it_then_the_search_fails(
    tmp_path: Path,
) -> None:
    """history.search.unused"""
    page = {"filters": dict.fromkeys(_FILTERS), "limit": 50, "cursor": None, "next_cursor": None, "messages": []}
    body = json.dumps({**page, "generated_at": "2026-02-21T08:00:00Z"})
    with nats_server(tmp_path) as nats_url:
        async with raw_client(nats_url) as registry:

            async def answer(frame: Frame) -> None:
                await registry.publish(frame.reply, body)

            await registry.subscribe(subjects.REGISTRY_MESSAGE_SEARCH, on_frame=answer)
            with pytest.raises(AgentNetError) as failure:
                await search_messages(nats_url, status="rejected", text="yo", kind="direct")
            assert failure.value.code == "filter_unsupported"
            assert str(failure.value).endswith("text, status")
            assert (await search_messages(nats_url, kind="direct", text=" ")).messages == []
