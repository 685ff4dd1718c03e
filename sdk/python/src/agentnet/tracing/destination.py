"""How spans name the place a message goes to."""

from dataclasses import dataclass

from agentnet_protocol import subjects


@dataclass(frozen=True)
class Destination:
    """Few names, whatever the number of accounts."""

    name: str
    attributes: dict[str, str | bool]


def destination_of(subject: str) -> Destination:
    """Subject of a message as a destination of the messaging conventions."""
    named: dict[str, str | bool] = {"messaging.system": "nats", "messaging.destination.name": subject}
    if subjects.match_plain_inbox(subject):
        return Destination("(temporary)", {**named, "messaging.destination.temporary": True})
    if not subjects.match_account_inbox(subject):
        return Destination(subject, named)
    template = subjects.patterns["account_inbox"]
    return Destination(template, {**named, "messaging.destination.template": template})
