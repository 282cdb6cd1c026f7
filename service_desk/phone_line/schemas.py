"""Who sits at a phone, and the calls that came."""

from datetime import datetime

from msgspec import Struct


class StaffPhone(Struct, frozen=True):
    """A phone that rings for callers who want a person."""

    staff: int
    name: str
    phone: str
    locale: str


class LineMember(Struct, frozen=True):
    """`phone`: E.164; None for who has given none, and cannot take calls."""

    id: int
    name: str
    role: str
    phone: str | None
    takes_calls: bool


class CallView(Struct, frozen=True):
    """A call. `choice`: what the caller chose in the menu; `seconds`: None until it is over."""

    caller: str | None
    choice: str | None
    status: str
    started_at: datetime
    seconds: int | None
    answered_by: str | None
    ticket: str | None
    subject: str | None
