"""What a way out of the house looks like: it takes one message and says what became of it."""

from typing import Literal, Protocol

from msgspec import Struct


class Outgoing(Struct, frozen=True):
    """One message on its way. `id`: of its outbox row; `attempt`: counted from 1.

    `secret`: what a webhook is signed with; "" once its subscription was deleted.
    """

    id: int
    channel: str
    recipient: str
    subject: str
    body: str
    attempt: int
    secret: str = ""


class Outcome(Struct, frozen=True):
    """What became of one attempt.

    sent: the other side took it. refused: it never will. later: it certainly did not take it now,
    so trying again is safe. unknown: it may have taken it, so trying again is not.
    """

    kind: Literal["sent", "refused", "later", "unknown"]
    provider_id: str | None = None
    error: str | None = None
    opted_out: bool = False  # the recipient told the carrier to stop us


class Gateway(Protocol):
    async def send(self, outgoing: Outgoing) -> Outcome:
        """Try once. Whatever the network does is an Outcome; an exception is a fault of ours."""
        ...

    async def close(self) -> None: ...
