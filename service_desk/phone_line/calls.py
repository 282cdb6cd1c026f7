"""Phone calls and how far each caller came: one row a call, inserted by its first webhook."""

from datetime import datetime, timedelta

from msgspec import Struct

from service_desk.database import fetch, fetch_as
from service_desk.rows import get, update
from service_desk.rules.tickets.vocabulary import MenuChoice
from service_desk.rules.words.languages import Locale
from service_desk.tables import PhoneCall

STALE_AFTER = timedelta(minutes=30)  # longer than any step of a call takes
MAX_TALK_TIME = timedelta(hours=4)  # Twilio's default time limit of a <Dial>
LEASE = timedelta(minutes=5)  # longer than a worker takes for one batch


class CallProgress(Struct, frozen=True):
    """`caller`: E.164, None if withheld. `ticket`: number of the ticket that the call is on.
    `answered_by`: the member of staff who talked with the caller. `entered_phone`: E.164, keyed in
    by a withheld caller; `confirmed_phone`: the same, once they confirmed it. `message_left`: they
    reached the end of a recording, even a silent one."""

    id: int
    caller: str | None
    locale: Locale
    menu_choice: MenuChoice | None
    ticket: str | None
    transcription: str | None
    answered_by: int | None
    started_at: datetime
    ended_at: datetime | None
    entered_phone: str | None
    confirmed_phone: str | None
    message_left: bool

    @property
    def phone(self) -> str | None:
        """Where to reach the caller. Only `caller` says who they are: anyone can key in anyone's
        number."""
        return self.caller or self.confirmed_phone


class StaleCall(Struct, frozen=True):
    """A call whose end was never reported. `caller`: E.164, None if withheld."""

    call_sid: str
    caller: str | None


_INSERT_OR_TOUCH = """
INSERT INTO phone_call (call_sid, caller, locale, status, message_left, started_at, stale_at)
VALUES ($1, $2, $3, 'in-progress', false, $4, $5)
ON CONFLICT (call_sid) DO UPDATE SET stale_at = excluded.stale_at
"""
_PUT_ON_TICKET = """
UPDATE phone_call SET ticket = (SELECT id FROM ticket WHERE number = $2) WHERE id = $1
"""
_CLAIM_STALE = """
WITH due AS MATERIALIZED (
    SELECT id FROM phone_call WHERE ended_at IS NULL AND stale_at <= $1
    ORDER BY stale_at LIMIT $3 FOR UPDATE SKIP LOCKED)
UPDATE phone_call SET stale_at = $2 FROM due WHERE phone_call.id = due.id
RETURNING call_sid, caller
"""


async def lock_call(
    call_sid: str, *, caller: str | None, locale: Locale, now: datetime
) -> CallProgress:
    """The call with that CallSid, locked until the transaction ends; inserted in `locale` if it is
    new. It becomes stale STALE_AFTER `now`."""
    await fetch(_INSERT_OR_TOUCH, call_sid, caller, locale, now, now + STALE_AFTER)
    call = await find_call(call_sid, lock=True)
    assert call is not None
    return call


async def find_call(call_sid: str, *, lock: bool = False) -> CallProgress | None:
    number = {"ticket": PhoneCall.ticket.number}
    return await get(CallProgress, PhoneCall, columns=number, lock=lock, call_sid=call_sid)


async def update_call(call: int, **columns: object) -> None:
    """Set columns of PhoneCall, by name."""
    await update(
        PhoneCall, {getattr(PhoneCall, name): value for name, value in columns.items()}, id=call
    )


async def put_on_ticket(call: int, number: str) -> None:
    await fetch(_PUT_ON_TICKET, call, number)


async def claim_stale_calls(now: datetime, limit: int) -> list[StaleCall]:
    """Calls that are stale as of `now`; no other worker gets them before LEASE is over."""
    return await fetch_as(StaleCall, _CLAIM_STALE, now, now + LEASE, limit)
