"""Phone calls and how far each came: one row a call, made by whichever webhook is first."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from service_desk.database import fetch, fetch_as

STALE_AFTER = timedelta(minutes=30)  # no step of a call takes as long
MAX_TALK_TIME = timedelta(hours=4)  # a <Dial>'s time limit, unless one is set
LEASE = timedelta(minutes=5)  # longer than a worker takes for what it took


class CallProgress(Struct, frozen=True):
    """`ticket`: number of the ticket that the call is on. `caller`: E.164, None if withheld.
    `answered_by`: who of the staff talked with the caller. `keyed`: a number that a withheld
    caller keyed in, E.164; `callback`: the same when they have said that it is right. `left`: they
    came to the end of a recording, whether or not they said anything."""

    id: int
    caller: str | None
    locale: str
    choice: str | None
    ticket: str | None
    transcription: str | None
    answered_by: int | None
    started_at: datetime
    ended_at: datetime | None
    keyed: str | None
    callback: str | None
    left: bool

    @property
    def phone(self) -> str | None:
        """Where the caller can be reached. Only `caller` tells who they are: anybody can key in
        anybody's number."""
        return self.caller or self.callback


class StaleCall(Struct, frozen=True):
    """A call of which nothing more was heard. `caller`: E.164, None if withheld."""

    call_sid: str
    caller: str | None


_CALL = """
SELECT p.id, p.caller, p.locale, p.choice, t.number AS ticket, p.transcription, p.answered_by,
    p.started_at, p.ended_at, p.details->>'keyed' AS keyed, p.details->>'callback' AS callback,
    p.details ? 'left' AS left
FROM phone_call p LEFT JOIN ticket t ON t.id = p.ticket WHERE p.call_sid = $1
"""


async def lock_call(
    call_sid: str, *, caller: str | None, locale: str, now: datetime
) -> CallProgress:
    """The call of that CallSid, held until the transaction ends; begun in `locale` if it is new.

    It was heard of `now`: it is not lost before SILENCE has passed.
    """
    await fetch(
        "INSERT INTO phone_call (call_sid, caller, locale, status, details, started_at, stale_at) "
        "VALUES ($1, $2, $3, 'in-progress', '{}', $4, $5) "
        "ON CONFLICT (call_sid) DO UPDATE SET stale_at = excluded.stale_at",
        call_sid,
        caller,
        locale,
        now,
        now + STALE_AFTER,
    )
    return (await fetch_as(CallProgress, f"{_CALL} FOR UPDATE OF p", call_sid))[0]


async def find_call(call_sid: str, *, lock: bool = False) -> CallProgress | None:
    """The call of that CallSid as it is now, or None. `lock`: held as by lock_call."""
    calls = await fetch_as(CallProgress, f"{_CALL} FOR UPDATE OF p" if lock else _CALL, call_sid)
    return calls[0] if calls else None


async def update_call(call: int, **columns: Any) -> None:
    """Change columns of a call; `ticket` is given by its number, to `details` is added. Names come
    from our code."""
    value = {
        "ticket": "(SELECT id FROM ticket WHERE number = ${})",
        "details": "details || ${}::jsonb",
    }
    assignments = ", ".join(
        f"{name} = " + value.get(name, "${}").format(place) for place, name in enumerate(columns, 2)
    )
    await fetch(f"UPDATE phone_call SET {assignments} WHERE id = $1", call, *columns.values())


async def claim_stale_calls(now: datetime, most: int) -> list[StaleCall]:
    """Calls that nobody ended and that are lost as of `now`; this worker's until LEASE is over."""
    return await fetch_as(
        StaleCall,
        """
        UPDATE phone_call SET stale_at = $2 WHERE id IN (
            SELECT id FROM phone_call WHERE ended_at IS NULL AND stale_at <= $1
            ORDER BY stale_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING call_sid, caller
        """,
        now,
        now + LEASE,
        most,
    )
