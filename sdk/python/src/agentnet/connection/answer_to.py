"""Asking over NATS."""

from nats import errors as nats_errors
from nats.aio.msg import Msg

from .link_message import is_no_responders
from .link_subscription import LinkSubscription
from .nats_client import NatsClient
from .outgoing import Outgoing


async def answer_to(asked: Outgoing, client: NatsClient, *, timeout: float) -> Msg:
    """The first answer, on the message's own reply subject if it has one.

    Raises:
        nats.errors.Error: Nobody is there, or nobody answers within `timeout` seconds.
    """
    subject, body, reply, _ = asked
    headers = dict(asked.headers) if asked.headers and client.takes_headers else None
    if not reply:
        return await client.request(subject, body, timeout=timeout, headers=headers)
    # The client's one subscription for all answers cannot be given a subject.
    answers = await client.subscribe(reply)
    try:
        await client.publish(subject, body, reply=reply, headers=headers)
        answer = await answers.next_msg(timeout)
    finally:
        await LinkSubscription(answers).unsubscribe()
    if is_no_responders(answer):
        raise nats_errors.NoRespondersError
    return answer
