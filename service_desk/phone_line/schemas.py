"""Who takes calls, and the calls that came."""

from datetime import datetime

from msgspec import Struct

from service_desk.principal import Role
from service_desk.rules.tickets.vocabulary import CallStatus, MenuChoice
from service_desk.rules.words.languages import Locale


class StaffPhone(Struct, frozen=True):
    """A phone that rings for callers who want a person."""

    staff: int
    name: str
    phone: str
    locale: Locale


class LineMember(Struct, frozen=True):
    """`phone`: E.164; None if not given: then they cannot take calls."""

    id: int
    name: str
    role: Role
    phone: str | None
    takes_calls: bool


class CallView(Struct, frozen=True):
    """`duration_seconds`: None until the call is over, or if nobody reported it."""

    caller: str | None
    menu_choice: MenuChoice | None
    status: CallStatus
    started_at: datetime
    duration_seconds: int | None
    answered_by: str | None
    ticket: str | None
    subject: str | None
