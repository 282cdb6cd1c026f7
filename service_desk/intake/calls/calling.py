"""What becomes of a phone call: each step counts once, and every call ends on a ticket."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service_desk.attachments.operations import pending_attachment
from service_desk.attachments.schemas import NewAttachment
from service_desk.contacts.finding import NewCustomer
from service_desk.database import transaction
from service_desk.idempotency.receipts import claim, once
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.phone_line.calls import CallProgress, lock_call, put_on_ticket, update_call
from service_desk.principal import CUSTOMER
from service_desk.rules.tickets.choice import TicketChoice, choose_ticket, is_open
from service_desk.rules.tickets.message_events import CallEnded
from service_desk.rules.tickets.numbers import FoundNumbers
from service_desk.rules.tickets.vocabulary import FinalCallStatus, MenuChoice
from service_desk.self_service.callbacks import request_callback
from service_desk.self_service.progress import describe_status, ticket_status
from service_desk.self_service.senders import Sender, find_sender
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.change import change_ticket
from service_desk.tickets.conversation import receive_message

CHINESE_CODES = ("+86", "+852", "+853", "+886")
MAX_URL_LENGTH = 500


class IncomingCall(Struct, frozen=True):
    """One webhook of a call. `sid`: the CallSid. `address`: the caller as the carrier wrote it.
    `caller`: E.164, None if withheld. `called`: our number, E.164, None if it is not one."""

    sid: str
    address: str
    caller: str | None
    received_at: datetime
    called: str | None = None


class Recording(Struct, frozen=True):
    """`sid` is empty if nothing was recorded. Fetching `url` takes Twilio's credentials."""

    sid: str
    url: str
    seconds: str


class RecordedMessage(Struct, frozen=True):
    """The number of the ticket that a message is on, and whether the message opened it."""

    number: str
    new: bool


NO_RECORDING = Recording("", "", "")


async def start_call(call: IncomingCall) -> CallProgress:
    """The call, in the caller's language."""
    async with transaction():
        return await _lock_row(call)


async def find_open_ticket(call: IncomingCall, locale: str) -> tuple[str, str] | None:
    """Number and status, in words, of the open ticket that the caller most likely calls about."""
    sender, choice = await _choose_ticket(call.caller, None, call.received_at)
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


async def switch_language(call: IncomingCall, locale: str) -> None:
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
        message = await _add_message(call, row, recording, ticket_number)
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


async def add_call_message(
    call: IncomingCall,
    row: CallProgress,
    body: str,
    recording: Recording = NO_RECORDING,
    ticket_number: str | None = None,
) -> RecordedMessage:
    """Put what the caller did or said on a ticket, and the call with it: on the ticket of the call
    or the one named, while it is open or can be reopened, else where a text would go. Joins the
    caller's transaction."""
    named = row.ticket or ticket_number
    sender, choice = await _choose_ticket(row.caller, named, call.received_at)
    # An unknown caller's message goes on the ticket that this call opened, if it did.
    number = choice.number if sender is not None else row.ticket
    if number is None:
        opened = await _open_ticket(call, row, recording, body, choice.follow_up_of)
        message = RecordedMessage(opened, new=True)
    else:
        await receive_message(
            number, body, channel="call", provider_id=recording.sid or None,
            attachments=_attachments(recording), now=call.received_at,
        )  # fmt: skip
        message = RecordedMessage(number, new=False)
    await put_on_ticket(row.id, message.number)
    return message


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
        number = (await _add_message(call, row, NO_RECORDING, None)).number
    return number


async def _add_message(
    call: IncomingCall, row: CallProgress, recording: Recording, ticket_number: str | None
) -> RecordedMessage:
    """The message of a caller whom nobody talked with; whoever wanted a person and can be reached
    is to be called back."""
    body = _message_body(row, recording)
    message = await add_call_message(call, row, body, recording, ticket_number)
    if row.menu_choice == "person" and row.phone is not None:
        await request_callback(message.number, row.phone, now=call.received_at)
    return message


async def _open_ticket(
    call: IncomingCall, row: CallProgress, recording: Recording, body: str, linked_to: str | None
) -> str:
    kind: Literal["complaint", "repair", "enquiry"] = (
        "complaint" if row.menu_choice == "complaint" else
        "repair" if row.menu_choice == "repair" else "enquiry"
    )  # fmt: skip
    choice = render_text(f"choice_{row.menu_choice or 'none'}", row.locale)
    new = NewTicket(
        kind=kind,
        subject=render_text("subject_call", row.locale, choice=choice),
        body=body,
        channel="call",
        customer=NewCustomer(phone=row.phone, locale=row.locale),
        provider_id=recording.sid or None,
        attachments=_attachments(recording),
        linked_to=linked_to,
        received_at=row.started_at,  # the clocks start with the call, not with the recording
        acknowledge=row.phone is not None,  # by SMS too: a number only heard is soon forgotten
    )
    return (await open_ticket(new, now=call.received_at)).number


async def _ticket_needing_no_answer(
    row: CallProgress, status: FinalCallStatus, now: datetime
) -> str | None:
    """The number of the ticket that a silent caller called about, if they need no answer: they
    heard the status of an open ticket, or the ticket is solved and they did not reopen it."""
    sender, choice = await _choose_ticket(row.caller, None, now)
    ticket = sender.ticket(choice.number) if sender and choice.number else None
    if ticket is None or (is_open(ticket) and status != "completed"):
        return None  # not completed: we never answered, so they heard nothing
    return ticket.number


async def _choose_ticket(
    caller: str | None, ticket_number: str | None, now: datetime
) -> tuple[Sender | None, TicketChoice]:
    """The caller and the ticket of what they say, by the same rule as for texts."""
    numbers = (ticket_number,) if ticket_number else ()
    sender = await find_sender(caller, numbers) if caller else None
    if sender is None:
        return None, TicketChoice(None)
    return sender, choose_ticket(sender.tickets, FoundNumbers(valid=numbers), now)


def _message_body(row: CallProgress, recording: Recording) -> str:
    lines = [
        render_text("call_recorded", row.locale, seconds=recording.seconds or "?")
        if recording.sid
        else render_text("call_no_message", row.locale)
    ]
    if row.confirmed_phone:
        lines.append(render_text("call_number_entered", row.locale, phone=row.confirmed_phone))
    if recording.sid and row.transcription:
        lines.append(row.transcription)
    return "\n".join(lines)


def _attachments(recording: Recording) -> tuple[NewAttachment, ...]:
    if not recording.url:
        return ()
    return (pending_attachment(recording.url, declared_type="audio/wav", name="recording"),)


async def _lock_row(call: IncomingCall) -> CallProgress:
    sender = call.caller and await find_sender(call.caller)
    locale = sender.locale if sender else _locale_of(call.caller)
    return await lock_call(call.sid, caller=call.caller, locale=locale, now=call.received_at)


def _locale_of(caller: str | None) -> str:
    if caller is None:
        return get_settings().locale
    return "zh" if caller.startswith(CHINESE_CODES) else "en"
