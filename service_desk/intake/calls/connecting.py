"""Somebody of the staff picks up: the first who presses the key talks with the caller."""

from datetime import datetime

from service_desk.database import transaction
from service_desk.idempotency.receipts import claim
from service_desk.intake.calls.calling import IncomingCall, add_call_message
from service_desk.phone_line.calls import (
    MAX_TALK_TIME,
    STALE_AFTER,
    CallProgress,
    find_call,
    update_call,
)
from service_desk.phone_line.queries import staff_phone
from service_desk.phone_line.schemas import StaffPhone
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.conversation import log_call
from service_desk.tickets.progress import assign_if_unassigned


async def find_offer(call_sid: str, staff: int) -> tuple[CallProgress, StaffPhone] | None:
    """The call that somebody is asked to take, and who; None if there is no such call or person."""
    call, phone = await find_call(call_sid), await staff_phone(staff)
    return (call, phone) if call is not None and phone is not None else None


async def accept_call(call_sid: str, staff: int, now: datetime) -> bool:
    """Whether it is this one who talks with the caller: the first who asks, before they hang up.

    That is an answered call by staff on the caller's ticket, which is theirs from now on, unless
    it is somebody's already.
    """
    async with transaction():
        asked = await find_offer(call_sid, staff)
        if asked is None:
            return False
        caller = asked[0].caller
        if await _claim_answer(call_sid, caller, now):
            await _record_answer(call_sid, asked[1], now)
        row = await find_call(call_sid)
        return row is not None and row.answered_by == staff


async def stop_ringing(call: IncomingCall) -> bool:
    """Whether somebody took the call; if nobody did, nobody can any more."""
    async with transaction():
        await _claim_answer(call.sid, call.caller, call.at)
        row = await find_call(call.sid)
        return row is not None and row.answered_by is not None


async def _claim_answer(call_sid: str, caller: str | None, now: datetime) -> bool:
    """Whether this is the first word on who answers the call: once per call."""
    return await claim(f"call:{call_sid}:answered", sender=caller or call_sid, now=now)


async def _record_answer(call_sid: str, phone: StaffPhone, now: datetime) -> None:
    row = await find_call(call_sid, lock=True)
    if row is None or row.ended_at is not None:
        return
    call = IncomingCall(call_sid, row.caller or "", row.caller, now)
    number = (await add_call_message(call, row, render_text("call_to_person", row.locale))).number
    said = render_text("call_answered", row.locale, agent=phone.name)
    await log_call(number, said, answered=True, staff_id=phone.staff, now=now)
    await assign_if_unassigned(number, staff_id=phone.staff, now=now)
    stale_at = now + MAX_TALK_TIME + STALE_AFTER  # while they talk we hear nothing
    await update_call(row.id, answered_by=phone.staff, answered_at=now, stale_at=stale_at)
