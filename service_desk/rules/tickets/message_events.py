"""What happens to the messages and calls of a ticket."""

from typing import ClassVar, Literal, get_args

from service_desk.rules.tickets.event import EventData
from service_desk.rules.tickets.vocabulary import Channel, FinalCallStatus, MenuChoice


class MessageFromCustomer(EventData, frozen=True):
    """`moved_from`: the number of the ticket it was received on."""

    message: int
    via: Channel
    moved_from: str | None = None

    @property
    def is_contact(self) -> bool:
        return True


class MessageReceived(MessageFromCustomer, frozen=True):
    type: ClassVar[str] = "message.received"


class MessageNoReplyNeeded(MessageFromCustomer, frozen=True):
    """Only thanks, or a rating: it starts no clock."""

    type: ClassVar[str] = "message.no_reply_needed"


class MessageMoved(EventData, frozen=True):
    """To another ticket; `split_out`: to one opened for it."""

    type: ClassVar[str] = "message.moved"
    message: int
    to: str
    split_out: bool = False


class MessageSent(EventData, frozen=True):
    """`counts` False: it had no way to the customer when it was written, so it meets no clock.
    `waits`: for a gateway, until MessageSentLater."""

    type: ClassVar[str] = "message.sent"
    message: int
    via: Channel
    automatic: bool
    counts: bool = True
    waits: bool = False


class MessageSentLater(EventData, frozen=True):
    """An answer that had waited for a gateway was sent: it counts from now on."""

    type: ClassVar[str] = "message.sent_later"
    message: int


ARRIVED = ("sent", "delivered")
"""The states of the outbox in which a message is taken to have arrived."""
NotDelivered = Literal["suppressed", "failed", "undelivered"]
"""The states of the outbox in which a message has finally not arrived."""
NOT_DELIVERED: tuple[NotDelivered, ...] = get_args(NotDelivered)


class MessageFailed(EventData, frozen=True):
    """It never arrived, so it never counted."""

    type: ClassVar[str] = "message.failed"
    message: int
    state: NotDelivered


class MessageResent(EventData, frozen=True):
    """`counts` False: it waits for a gateway, until MessageSentLater."""

    type: ClassVar[str] = "message.resent"
    message: int | None
    counts: bool = True


class MessageMarkedAsSent(EventData, frozen=True):
    type: ClassVar[str] = "message.marked_as_sent"
    message: int | None


class NoteAdded(EventData, frozen=True):
    type: ClassVar[str] = "note.added"
    message: int


class CallLogged(EventData, frozen=True):
    type: ClassVar[str] = "call.logged"
    message: int
    answered: bool

    @property
    def is_contact(self) -> bool:
        return self.answered


class CallEnded(EventData, frozen=True):
    """`status`: the carrier's; `choice`: in the menu, `none` if the caller chose nothing.
    `seconds` None: unknown."""

    type: ClassVar[str] = "call.ended"
    status: FinalCallStatus
    seconds: int | None
    choice: Literal[MenuChoice, "none"]


class CallbackRequested(EventData, frozen=True):
    type: ClassVar[str] = "callback.requested"
    phone: str | None
