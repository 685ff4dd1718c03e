"""What the sessions of one account share."""

import asyncio
import json

from agentnet import AgentEvent, AgentNode, ReceivedMessage
from node_program import start_node


async def answering(nats_url: str, agent_id: str, *, account_id: str | None = None) -> AgentNode:
    """A session that says who answered."""
    node = AgentNode(agent_id, account_id=account_id, nats_url=nats_url, work_timeout_seconds=20)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        await node.reply(message, {"by": node.session_tag, "n": message.payload["n"]})

    await node.start()
    return node


async def test_given_sessions_of_one_account_when_a_key_is_repeated_then_all_give_the_first_reply(
    nats_url: str, caller: AgentNode
) -> None:
    first = await answering(nats_url, "sharing")
    second = await answering(nats_url, "sharing", account_id=first.account_id)
    try:
        asked = [
            caller.request_account(
                to_account_id=first.account_id, payload={"n": 1.5}, idempotency_key="py-shared", timeout=20
            )
            for _ in range(8)
        ]
        payloads = [reply.payload for reply in await asyncio.gather(*asked)]
    finally:
        await first.close()
        await second.close()
    assert payloads == [payloads[0]] * 8
    counts = [node.metrics_snapshot()["processed_count"] for node in (first, second)]
    assert sum(counts) == 1


async def test_given_a_typescript_session_of_the_account_when_a_key_is_repeated_then_it_gives_our_reply(
    nats_url: str, caller: AgentNode
) -> None:
    ours = await answering(nats_url, "sharing_languages")
    account_id = ours.account_id
    before = await caller.request_account(to_account_id=account_id, payload={"n": 7}, idempotency_key="py-ts")
    await ours.close()
    # The other language's session is alone now, so the copy reaches it.
    script = f"""
        import {{ AgentNode }} from '@agentnet/sdk';
        const natsUrl = {json.dumps(nats_url)};
        const node = new AgentNode({{ agentId: 'sharing_languages', accountId: {json.dumps(account_id)}, natsUrl }});
        const answer = (message) => node.reply(message, {{ by: 'typescript' }});
        node.onMessage(answer);
        await node.start();
        console.log(JSON.stringify({{ ready: node.accountId }}));
        for await (const line of process.stdin) if (String(line).includes('end')) break;
        await node.close();
        process.exit(0);
    """
    process = await start_node(script)
    assert process.stdout
    assert process.stdin
    assert json.loads(await process.stdout.readline())["ready"] == account_id
    after = await caller.request_account(to_account_id=account_id, payload={"n": 7}, idempotency_key="py-ts")
    theirs = await caller.request_account(to_account_id=account_id, payload={"n": 8}, idempotency_key="ts-py")
    process.stdin.write(b"end\n")
    await process.wait()
    ours = await answering(nats_url, "sharing_languages", account_id=account_id)
    back = await caller.request_account(to_account_id=account_id, payload={"n": 8}, idempotency_key="ts-py")
    await ours.close()
    assert after.payload == before.payload
    assert back.payload == theirs.payload == {"by": "typescript"}


async def test_given_a_failed_handler_when_the_key_is_sent_again_then_it_runs_again(
    nats_url: str, caller: AgentNode
) -> None:
    runs: list[str] = []
    node = AgentNode("sharing_failure", nats_url=nats_url, on_error=lambda error: None)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        runs.append(message.message_id)
        if len(runs) == 1:
            raise RuntimeError
        await node.reply(message, {"run": len(runs)})

    degraded: list[AgentEvent] = []
    node.on("degraded", degraded.append)
    async with node:
        replies = [
            await caller.request(to="@sharing_failure", payload={}, idempotency_key="py-fail", raise_on_error=False)
            for _ in range(3)
        ]
    assert [reply.kind for reply in replies] == ["error", "reply", "reply"]
    assert [reply.payload for reply in replies[1:]] == [{"run": 2}] * 2
    assert (len(runs), degraded) == (2, [])
