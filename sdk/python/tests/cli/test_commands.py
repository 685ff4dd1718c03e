"""`python -m agentnet` beside the `agentnet` command, on the same network."""

import json
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agentnet import AgentNode, ReceivedMessage
from agentnet.cli import failures
from agentnet.cli.failures import remedy_for
from agentnet.cli.nats_address import choose_address
from agentnet.cli.operator import operator_name
from agentnet.cli.text import Column, render_table, safe_json
from agentnet.errors import ValidationError
from harness.message_builder import unique_name
from harness.processes import REPOSITORY
from harness.shell import Shell


@pytest.fixture
async def adder(nats_url: str) -> AsyncIterator[AgentNode]:
    """Answers with the sum of what it is sent."""
    name = unique_name("adder")
    node = AgentNode(name, nats_url=nats_url, capabilities=[f"{name}.add"], metadata={"bio": "ad\u202eds", "n": 1.5})

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        if message.reply_to:
            await node.reply(message, {"sum": sum(message.payload)})

    async with node:
        yield node


async def test_given_the_same_network_when_both_commands_ask_the_registry_then_their_json_is_the_same(
    shell: Shell, adder: AgentNode
) -> None:
    await adder.request(to=adder.account_id, payload=[1, 2], thread_id=adder.username, timeout=60)
    for arguments in (
        ["list"],
        ["search", "--query", adder.username, "--online-only", "--limit", "5"],
        ["profile", "--username", adder.username],
        ["profile", "--account-id", adder.account_id],
        ["threads", "--query", adder.username],
        ["thread-messages", "--thread-id", adder.username, "--limit", "1"],
        ["message-search", "--thread-id", "none", "--status", "processed", "--text", "pond", "--trace-id", "t"],
        ["message-search", "--participant-account-id", "none", "--received-from-ts", "2020-01-01T00:00:00Z"],
        ["message-search", "--thread-id", "none", "--received-to-ts", "2020-01-01T00:00:00Z"],
    ):
        ours, theirs = await shell.python(*arguments, "--json"), await shell.node(*arguments, "--json")
        assert (ours.code, theirs.code, ours.err) == (0, 0, ""), arguments
        assert _steady(ours.json) == _steady(theirs.json), arguments


async def test_given_an_agent_when_asked_and_sent_to_then_reply_and_delivery_are_told_as_the_agentnet_command_does(
    shell: Shell, adder: AgentNode
) -> None:
    asked = ["request", "--to-username", adder.username, "--thread-id", "sums", "--json", "[1,2.5]"]
    sent = ["send", "--to-account", adder.account_id, "--no-ack", "--json", "[1]"]
    capability = await shell.python("request", "--to-capability", f"{adder.username}.add", "[19,23]")
    ours, theirs = await shell.python(*asked), await shell.node(*asked)
    assert ours.json["payload"] == {"sum": 3.5}
    assert (ours.json["thread_id"], ours.json["kind"]) == ("sums", "reply")
    assert ours.json.keys() == theirs.json.keys()
    delivered, elsewhere = await shell.python(*sent), await shell.node(*sent)
    assert (delivered.json["status"], delivered.json["attempts"]) == ("sent", 1)
    assert delivered.json.keys() == elsewhere.json.keys()
    assert json.loads(capability.out) == {"sum": 42}


async def test_given_a_network_when_people_ask_then_tables_and_facts_are_harmless_text(
    shell: Shell, adder: AgentNode
) -> None:
    told = [await shell.python(*arguments) for arguments in (["list"], ["profile", "--username", adder.username])]
    told += [await shell.python("metrics"), await shell.python("search", "--limit", "1")]
    assert [ended.code for ended in told] == [0] * 4
    assert f"@{adder.username}" in told[0].out and "USERNAME" in told[0].out
    assert "\\u202e" in told[1].out and "\u202e" not in told[1].out
    assert "register" in told[2].out
    assert told[3].err.startswith("There is more: add --cursor ") or told[3].err == ""


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["profile"], 1, "invalid_option"),
        (["search", "--limit", "0"], 1, "invalid_option"),
        (["search", "--timeout", "soon"], 1, "invalid_option"),
        (["nonsense"], 1, "invalid_option"),
        (["list", "--context", "nowhere"], 1, "invalid_option"),
        (["thread-status"], 1, "invalid_option"),
        (["message-search", "--status", "lost"], 1, "bad_request"),
        (["profile", "--username", "nobody_at_all"], 2, "not_found"),
        (["thread-status", "--thread-id", "no_such_thread"], 2, "not_found"),
        (["send", "--to-username", "x", "{bad"], 1, "invalid_payload"),
        (["send", "--to-username", "x", "NaN"], 1, "invalid_payload"),
        (["send", "1"], 1, "invalid_option"),
        (["request", "--to-account", "a b", "1"], 1, "invalid_target"),
        (["request", "--to-account", "acct_nobody", "1"], 2, "recipient_offline"),
        (["list", "--nats-url", "nats://s3cret@127.0.0.1:1"], 2, "connect_failed"),
        (["list", "--nats-url", "http://x"], 1, "invalid_option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
async def test_given_a_command_that_fails_when_typed_then_both_commands_say_the_same_code(
    shell: Shell, arguments: list[str], exit_code: int, code: str
) -> None:
    told = await shell.python(*arguments)
    ours = await shell.python(*arguments, "--json")
    assert (ours.code, ours.out, ours.error["code"]) == (exit_code, "", code)
    assert ours.error.keys() == {"code", "detail"}
    assert told.code == exit_code
    assert told.err.startswith(f"error: [{code}] ") and told.err.count("\n") == 1
    assert "s3cret" not in told.err + ours.err
    if "--context" not in arguments:
        theirs = await shell.node(*arguments, "--json")
        assert (theirs.code, theirs.error["code"]) == (exit_code, code)


def test_given_a_remedy_when_compared_with_the_agentnet_command_then_it_is_the_same_text() -> None:
    source = (REPOSITORY / "tui/src/output/remedies.ts").read_text("utf-8").replace("\\'", "'")
    for code in re.findall(r'^    "(\w+)": ', Path(failures.__file__).read_text("utf-8"), re.MULTILINE):
        assert remedy_for(code) in source


def test_given_named_connections_when_an_address_is_chosen_then_option_context_variable_and_current_one_count_in_turn(
    tmp_path: Path,
) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "AGENTNET_TOKEN": "t"}
    assert choose_address(None, None, environment) == "nats://t@127.0.0.1:4222"
    file = tmp_path / "agentnet/contexts.json"
    file.parent.mkdir()
    connections = {"lab": {"nats_url": "nats://lab:4222"}, "hall": {"nats_url": "nats://h@hall:1"}}
    file.write_text(json.dumps({"current": "lab", "contexts": connections}))
    with pytest.raises(ValidationError, match="chmod 600"):
        choose_address(None, None, environment)
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert choose_address(None, None, environment) == "nats://t@lab:4222"
    assert choose_address(None, "hall", environment) == "nats://h@hall:1"
    assert choose_address(None, None, {**environment, "NATS_URL": "there:1"}) == "nats://t@there:1"
    assert choose_address("nats://a@x,y", None, environment) == "nats://a@x,nats://t@y"
    assert choose_address("localhost:1", None, {}) == "nats://agentnet_secret_token@localhost:1"
    with pytest.raises(ValidationError, match="one of --nats-url and --context"):
        choose_address("x", "lab", environment)


def test_given_an_operator_when_named_then_the_name_is_short_steady_and_can_be_chosen() -> None:
    name = operator_name({})
    assert name == operator_name({}) and re.fullmatch(r"op-[a-z0-9_-]{1,29}", name)
    assert operator_name({"AGENTNET_OPERATOR": " ann "}) == "ann"


def test_given_text_of_strangers_when_it_is_written_then_no_terminal_obeys_it() -> None:
    hostile = "a\x1b[31m\x9b2J\u202e\x7f\r\n\tb\ud800"
    assert render_table([Column("T", lambda row: row)], [hostile]) == "T\na[31m2J   b"
    assert json.loads(safe_json(hostile)) == hostile
    assert safe_json(hostile).isascii() and safe_json(hostile).isprintable()


def _steady(value: Any) -> Any:
    """Without what changes from one question to the next."""
    if isinstance(value, dict):
        return {name: _steady(one) for name, one in value.items() if name not in ("last_seen", "generated_at")}
    return [_steady(one) for one in value] if isinstance(value, list) else value
