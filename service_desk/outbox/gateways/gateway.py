"""The interface of a gateway: it sends one message and returns the outcome."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from service_desk.rules.messages.vocabulary import OutboxChannel


class Outgoing(Struct, frozen=True):
    """One message to send. `id`: of its outbox row; `attempt`: counted from 1.

    `purpose`, `created_at`: of the row. `address`: the recipient as the channel spells it, "" if
    as here. `secret`: signs a webhook; "" once its subscription was deleted.
    """

    id: int
    channel: OutboxChannel
    recipient: str
    subject: str
    body: str
    attempt: int
    secret: str = ""
    address: str = ""
    purpose: str = ""
    created_at: datetime | None = None


class Outcome(Struct, frozen=True):
    """The result of one attempt.

    sent: the other side accepted it. rejected: it never will. retry: it certainly did not accept
    it this time, so another attempt is safe. unknown: it may have, so another attempt is not.
    """

    kind: Literal["sent", "rejected", "retry", "unknown"]
    provider_id: str | None = None
    error: str | None = None
    opted_out: bool = False  # the recipient has opted out with the carrier


class Gateway(Protocol):
    async def send(self, outgoing: Outgoing) -> Outcome:
        """Try once. Network failures are Outcomes; an exception is a bug of ours."""
        ...

    async def close(self) -> None: ...
