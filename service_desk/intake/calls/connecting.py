"""Connecting a caller with staff: the first who presses the key talks with them."""

from datetime import datetime

from service_desk.database import transaction
from service_desk.idempotency.receipts import claim
from service_desk.intake.calls.call_messages import IncomingCall, add_call_message
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
    """The call that is offered to a member of staff, and their phone; None if either is unknown."""
    call, phone = await find_call(call_sid), await staff_phone(staff)
    return (call, phone) if call is not None and phone is not None else None


async def accept_call(call_sid: str, staff: int, now: datetime) -> bool:
    """Whether this member of staff talks with the caller: the first to accept before the caller
    hangs up.

    It counts as an answered call on the caller's ticket, which is assigned to them if it is
    unassigned.
    """
    async with transaction():
        offer = await find_offer(call_sid, staff)
        if offer is None:
            return False
        call, phone = offer
        if await _claim_answer(call_sid, call.caller, now):
            await _record_answer(call_sid, phone, now)
        row = await find_call(call_sid)
        return row is not None and row.answered_by == staff


async def stop_ringing(call: IncomingCall) -> bool:
    """Whether somebody accepted the call; if not, nobody can from now on."""
    async with transaction():
        await _claim_answer(call.sid, call.caller, call.received_at)
        row = await find_call(call.sid)
        return row is not None and row.answered_by is not None


async def _claim_answer(call_sid: str, caller: str | None, now: datetime) -> bool:
    """True once per call: for the first to accept it, or for the end of the ringing."""
    return await claim(f"call:{call_sid}:answered", contact=caller or call_sid, now=now)


async def _record_answer(call_sid: str, phone: StaffPhone, now: datetime) -> None:
    row = await find_call(call_sid, lock=True)
    if row is None or row.ended_at is not None:
        return
    call = IncomingCall(call_sid, row.caller or "", row.caller, now)
    number = (await add_call_message(call, row, render_text("call_to_person", row.locale))).number
    body = render_text("call_answered", row.locale, agent=phone.name)
    await log_call(number, body, answered=True, staff_id=phone.staff, now=now)
    await assign_if_unassigned(number, staff_id=phone.staff, now=now)
    stale_at = now + MAX_TALK_TIME + STALE_AFTER  # there are no webhooks while they talk
    await update_call(row.id, answered_by=phone.staff, answered_at=now, stale_at=stale_at)
