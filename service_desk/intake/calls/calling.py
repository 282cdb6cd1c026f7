"""What becomes of a phone call: each step counts once, and every call ends on a ticket."""

from datetime import datetime

from service_desk.database import transaction
from service_desk.idempotency.receipts import claim, once
from service_desk.intake.calls.call_messages import (
    NO_RECORDING,
    IncomingCall,
    RecordedMessage,
    Recording,
    add_call_message,
    add_unanswered_message,
    choose_ticket_of,
)
from service_desk.phone_line.calls import CallProgress, lock_call, put_on_ticket, update_call
from service_desk.principal import CUSTOMER
from service_desk.rules.tickets.choice import is_open
from service_desk.rules.tickets.message_events import CallEnded
from service_desk.rules.tickets.vocabulary import FinalCallStatus, MenuChoice
from service_desk.rules.words.languages import Locale
from service_desk.self_service.progress import describe_status, ticket_status
from service_desk.self_service.senders import find_sender
from service_desk.settings import get_settings
from service_desk.tickets.change import change_ticket

CHINESE_CODES = ("+86", "+852", "+853", "+886")
MAX_URL_LENGTH = 500


async def start_call(call: IncomingCall) -> CallProgress:
    """The call, in the caller's language."""
    async with transaction():
        return await _lock_row(call)


async def find_open_ticket(call: IncomingCall, locale: Locale) -> tuple[str, str] | None:
    """Number and status, in words, of the open ticket that the caller most likely calls about."""
    sender, choice = await choose_ticket_of(call.caller, None, call.received_at)
    ticket = sender.ticket(choice.number) if sender and choice.number else None
    if ticket is None or not is_open(ticket):
        return None
    status = await ticket_status(ticket.id)
    return ticket.number, describe_status(status, locale, call.received_at)


async def has_tickets(call: IncomingCall) -> bool:
    """Whether the caller has any ticket, open or not."""
    sender = call.caller and await find_sender(call.caller)
    return bool(sender and sender.tickets)


async def record_menu_choice(call: IncomingCall, menu_choice: MenuChoice) -> None:
    async with transaction():
        await update_call((await _lock_row(call)).id, menu_choice=menu_choice)


async def switch_language(call: IncomingCall, locale: Locale) -> None:
    async with transaction():
        await update_call((await _lock_row(call)).id, locale=locale)


async def record_entered_phone(call: IncomingCall, phone: str) -> None:
    """`phone`: E.164, keyed in by a withheld caller and not confirmed yet."""
    async with transaction():
        await update_call((await _lock_row(call)).id, entered_phone=phone)


async def confirm_phone(call: IncomingCall) -> None:
    async with transaction():
        row = await _lock_row(call)
        if row.entered_phone is not None:
            await update_call(row.id, confirmed_phone=row.entered_phone)


async def look_up_ticket(call: IncomingCall, number: str) -> tuple[str, str] | None:
    """Number and status, in words, of the caller's own ticket, or None. Puts the call on it."""
    async with transaction():
        row = await _lock_row(call)
        sender = row.caller and await find_sender(row.caller, [number])
        ticket = sender.ticket(number) if sender else None
        if ticket is None:
            return None
        await put_on_ticket(row.id, ticket.number)
        status = await ticket_status(ticket.id)
        return ticket.number, describe_status(status, row.locale, call.received_at)


async def leave_message(
    call: IncomingCall, recording: Recording, ticket_number: str | None
) -> RecordedMessage:
    """Put a recording, or a note that nothing was recorded, on a ticket: see `add_call_message`.

    A repeated webhook gets the same result.
    """

    async def leave() -> str:
        row = await _lock_row(call)
        message = await add_unanswered_message(call, row, recording, ticket_number)
        await update_call(
            row.id,
            recording_sid=recording.sid or None,
            recording_url=recording.url[:MAX_URL_LENGTH] or None,
            message_left=True,
        )
        return f"{message.number} new" if message.new else message.number

    key = f"call:{call.sid}:recording:{recording.sid}"
    number, _, new = (await once(key, leave, contact=call.address, now=call.received_at)).partition(
        " "
    )
    return RecordedMessage(number, bool(new))


async def add_transcription(call: IncomingCall, sid: str, transcription: str) -> None:
    """Put the words of a recording on its ticket, once for each transcription."""

    async def add() -> None:
        row = await _lock_row(call)
        await update_call(row.id, transcription=transcription)
        if row.ticket is not None:
            await add_call_message(call, row, transcription)

    key = f"call:{call.sid}:transcription:{sid}"
    await once(key, add, contact=call.address, body=transcription, now=call.received_at)


async def end_call(call: IncomingCall, status: FinalCallStatus, seconds: int | None) -> None:
    """End the call, once; if it is on no ticket yet, it gets one now.

    A caller who chose nothing and said nothing has left no message on the ticket that they most
    likely called about: it records the call, and is not reopened. If the sweep ended the call
    (`seconds` None), the carrier's late report still sets its duration.
    """
    async with transaction():
        key, now = f"call:{call.sid}:ended", call.received_at
        first = await claim(key, contact=call.address, now=now)
        row = await _lock_row(call)
        if not first:
            if seconds is not None:
                await update_call(row.id, status=status, duration_seconds=seconds)
            return
        number = await _ticket_of_ended_call(call, row, status)
        await update_call(row.id, status=status, duration_seconds=seconds, ended_at=now)
        async with change_ticket(number, actor=CUSTOMER, now=now) as change:
            change.record(CallEnded(status, seconds, row.menu_choice or "none"))


async def _ticket_of_ended_call(
    call: IncomingCall, row: CallProgress, status: FinalCallStatus
) -> str:
    """The number of the ticket that the call ends on, with a message where one is owed."""
    number = row.ticket
    if number is None and row.menu_choice in (None, "progress"):
        number = await _ticket_needing_no_answer(row, status, call.received_at)
        if number is not None:
            await put_on_ticket(row.id, number)
    awaits_callback = (
        row.menu_choice == "person" and not row.message_left and row.answered_by is None
    )
    if number is None or awaits_callback:
        number = (await add_unanswered_message(call, row, NO_RECORDING, None)).number
    return number


async def _ticket_needing_no_answer(
    row: CallProgress, status: FinalCallStatus, now: datetime
) -> str | None:
    """The number of the ticket that a silent caller called about, if they need no answer: they
    heard the status of an open ticket, or the ticket is solved and they did not reopen it."""
    sender, choice = await choose_ticket_of(row.caller, None, now)
    ticket = sender.ticket(choice.number) if sender and choice.number else None
    if ticket is None or (is_open(ticket) and status != "completed"):
        return None  # not completed: we never answered, so they heard nothing
    return ticket.number


async def _lock_row(call: IncomingCall) -> CallProgress:
    sender = call.caller and await find_sender(call.caller)
    locale = sender.locale if sender else _locale_of(call.caller)
    return await lock_call(call.sid, caller=call.caller, locale=locale, now=call.received_at)


def _locale_of(caller: str | None) -> Locale:
    if caller is None:
        return get_settings().locale
    return "zh" if caller.startswith(CHINESE_CODES) else "en"
