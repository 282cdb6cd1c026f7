"""What becomes of a phone call: each step exactly once, and in the end a ticket in any case."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service_desk.attachments.operations import pending_attachment
from service_desk.attachments.schemas import NewAttachment
from service_desk.contacts.finding import NewCustomer
from service_desk.database import transaction
from service_desk.idempotency.receipts import claim, store_response, stored_response
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.phone_line.calls import CallProgress, lock_call, update_call
from service_desk.rules.tickets.joining import TicketChoice, choose_ticket, is_open
from service_desk.rules.tickets.numbers import FoundNumbers
from service_desk.self_service.callbacks import request_callback
from service_desk.self_service.progress import describe_status, ticket_status
from service_desk.self_service.senders import Sender, find_sender
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.change import CUSTOMER, change_ticket
from service_desk.tickets.conversation import receive_message

CHINESE_CODES = ("+86", "+852", "+853", "+886")
MAX_URL_LENGTH = 500


class IncomingCall(Struct, frozen=True):
    """One webhook of a call. `caller`: E.164, None if withheld; `sender`: as the carrier said;
    `desk`: our number that was called, E.164, None if it is none."""

    sid: str
    sender: str
    caller: str | None
    at: datetime
    desk: str | None = None


class Recording(Struct, frozen=True):
    """`sid` is empty if nothing was recorded. `url` needs Twilio's log-in to be fetched."""

    sid: str
    url: str
    seconds: str


class RecordedMessage(Struct, frozen=True):
    number: str
    new: bool


NO_RECORDING = Recording("", "", "")


async def start_call(call: IncomingCall) -> CallProgress:
    """The call, in the caller's language."""
    async with transaction():
        return await _lock_row(call)


async def find_open_ticket(call: IncomingCall, locale: str) -> tuple[str, str] | None:
    """Number and standing, in words, of the open ticket that the caller most likely calls about."""
    sender, joining = await _match_ticket(call.caller, None, call.at)
    ticket = sender.ticket(joining.number) if sender and joining.number else None
    if ticket is None or not is_open(ticket.own):
        return None
    return ticket.own.number, describe_status(await ticket_status(ticket.id), locale, call.at)


async def has_tickets(call: IncomingCall) -> bool:
    """Whether any ticket, open or not, is the caller's own."""
    sender = call.caller and await find_sender(call.caller)
    return bool(sender and sender.tickets)


async def record_menu_choice(call: IncomingCall, choice: str) -> None:
    async with transaction():
        await update_call((await _lock_row(call)).id, choice=choice)


async def switch_language(call: IncomingCall, locale: str) -> None:
    async with transaction():
        await update_call((await _lock_row(call)).id, locale=locale)


async def record_entered_phone(call: IncomingCall, phone: str) -> None:
    """The number, E.164, that a withheld caller keyed in: theirs once they say that it is right."""
    async with transaction():
        await update_call((await _lock_row(call)).id, details={"keyed": phone})


async def confirm_phone(call: IncomingCall) -> None:
    async with transaction():
        row = await _lock_row(call)
        if row.keyed is not None:
            await update_call(row.id, details={"callback": row.keyed})


async def look_up_ticket(call: IncomingCall, number: str) -> tuple[str, str] | None:
    """Number and standing, in words, of the caller's own ticket, or None. The call is on that
    ticket then."""
    async with transaction():
        row = await _lock_row(call)
        sender = row.caller and await find_sender(row.caller, [number])
        ticket = sender.ticket(number) if sender else None
        if ticket is None:
            return None
        await update_call(row.id, ticket=ticket.own.number)
        standing = await ticket_status(ticket.id)
        return ticket.own.number, describe_status(standing, row.locale, call.at)


async def leave_message(
    call: IncomingCall, recording: Recording, named: str | None
) -> RecordedMessage:
    """Put a recording on a ticket: the one that the call is on, the one named, or as a text goes.

    The same again is answered the same; nothing recorded is a message as well.
    """
    key = f"call:{call.sid}:recording:{recording.sid}"
    async with transaction():
        if not await claim(key, sender=call.sender, now=call.at):
            number, _, new = (await stored_response(key)).partition(" ")
            return RecordedMessage(number, bool(new))
        row = await _lock_row(call)
        noted = await _add_message(call, row, recording, named)
        await update_call(
            row.id,
            recording_sid=recording.sid or None,
            recording_url=recording.url[:MAX_URL_LENGTH] or None,
            details={"left": True},
        )
        await store_response(key, f"{noted.number} new" if noted.new else noted.number)
        return noted


async def add_transcription(call: IncomingCall, sid: str, words: str) -> None:
    """What was recorded, in words: once for each transcription."""
    async with transaction():
        key = f"call:{call.sid}:transcription:{sid}"
        if not await claim(key, sender=call.sender, body=words, now=call.at):
            return
        row = await _lock_row(call)
        await update_call(row.id, transcription=words)
        if row.ticket is not None:
            await add_call_message(call, row, words)


async def end_call(call: IncomingCall, status: str, seconds: int | None) -> None:
    """The call is over. Whoever hung up before a ticket was made gets one now, once per call.

    Who chose and said nothing has left no message on the ticket that they most likely called
    about: it is noted there that they called, which reopens nothing. Of a call that was taken for
    over (`seconds` None) the carrier's word may still come, and says how long it was.
    """
    async with transaction():
        first = await claim(f"call:{call.sid}:ended", sender=call.sender, now=call.at)
        row = await _lock_row(call)
        if not first:
            if seconds is not None:
                await update_call(row.id, status=status, seconds=seconds)
            return
        number = row.ticket
        if number is None and row.choice in (None, "progress"):
            number = await _ticket_needing_no_answer(row, status, call.at)
        waits = row.choice == "person" and not row.left and row.answered_by is None
        if number is None or waits:
            number = (await _add_message(call, row, NO_RECORDING, None)).number
        await update_call(row.id, ticket=number, status=status, seconds=seconds, ended_at=call.at)
        async with change_ticket(number, actor=CUSTOMER, now=call.at) as change:
            choice = row.choice or "none"
            change.record("call.ended", status=status, seconds=seconds, choice=choice)


async def add_call_message(
    call: IncomingCall,
    row: CallProgress,
    body: str,
    recording: Recording = NO_RECORDING,
    named: str | None = None,
) -> RecordedMessage:
    """What the caller did, as a message of theirs: on the ticket that the call is on or the one
    named, while that one is open or can be reopened, else as a text goes. The call is on that
    ticket then. In the caller's transaction."""
    about = row.ticket or named
    sender, joining = await _match_ticket(row.caller, about, call.at)
    # Whom we cannot recognise is on the ticket that this call opened, or on none.
    number = joining.number if sender is not None else row.ticket
    if number is None:
        noted = RecordedMessage(
            await _open_ticket(call, row, recording, body, joining.follows), new=True
        )
    else:
        await receive_message(
            number, body, channel="call", external_id=recording.sid or None,
            attachments=_recording_attachment(recording), now=call.at,
        )  # fmt: skip
        noted = RecordedMessage(number, new=False)
    await update_call(row.id, ticket=noted.number)
    return noted


async def _add_message(
    call: IncomingCall, row: CallProgress, recording: Recording, named: str | None
) -> RecordedMessage:
    """A message, or none, of a caller whom nobody talked with. Who left no number cannot be called
    back."""
    noted = await add_call_message(call, row, _message_body(row, recording), recording, named)
    if row.choice == "person" and row.phone is not None:
        await request_callback(noted.number, row.phone, now=call.at)
    return noted


async def _open_ticket(
    call: IncomingCall, row: CallProgress, recording: Recording, body: str, follows: str | None
) -> str:
    kind: Literal["complaint", "repair", "enquiry"] = (
        "complaint" if row.choice == "complaint" else
        "repair" if row.choice == "repair" else "enquiry"
    )  # fmt: skip
    choice = render_text(f"choice_{row.choice or 'none'}", row.locale)
    new = NewTicket(
        kind=kind,
        subject=render_text("subject_call", row.locale, choice=choice),
        description=body,
        channel="call",
        customer=NewCustomer(phone=row.phone, locale=row.locale),
        message_id=recording.sid or None,
        attachments=_recording_attachment(recording),
        linked_to=follows,
    )
    # By SMS as well: a number that was only heard is soon forgotten.
    opened = await open_ticket(
        new,
        actor=CUSTOMER,
        received_at=row.started_at,  # the caller reached us then: recording is no excuse
        now=call.at,
        acknowledge=row.phone is not None,
    )
    return opened.number


async def _ticket_needing_no_answer(row: CallProgress, status: str, now: datetime) -> str | None:
    """The ticket of a caller who chose and said nothing, if it asks for no answer: they heard how
    their open one stands, or what was solved is still theirs to reopen."""
    sender, joining = await _match_ticket(row.caller, None, now)
    ticket = sender.ticket(joining.number) if sender and joining.number else None
    if ticket is None or (is_open(ticket.own) and status != "completed"):
        return None  # we did not answer: nothing was heard
    return ticket.own.number


async def _match_ticket(
    caller: str | None, about: str | None, now: datetime
) -> tuple[Sender | None, TicketChoice]:
    """Who is calling, and where what they say belongs, by the rule that texts go by."""
    numbers = (about,) if about else ()
    sender = await find_sender(caller, numbers) if caller else None
    if sender is None:
        return None, TicketChoice(None)
    own = [ticket.own for ticket in sender.tickets]
    return sender, choose_ticket(own, FoundNumbers(valid=numbers), now)


def _message_body(row: CallProgress, recording: Recording) -> str:
    said = render_text("call_no_message", row.locale)
    if recording.sid:
        said = render_text("call_recorded", row.locale, seconds=recording.seconds or "?")
    keyed = (
        render_text("call_number_entered", row.locale, phone=row.callback) if row.callback else None
    )
    return "\n".join(part for part in (said, keyed, recording.sid and row.transcription) if part)


def _recording_attachment(recording: Recording) -> tuple[NewAttachment, ...]:
    if not recording.url:
        return ()
    return (pending_attachment(recording.url, declared_type="audio/wav", name="recording"),)


async def _lock_row(call: IncomingCall) -> CallProgress:
    known = call.caller and await find_sender(call.caller)
    locale = known.locale if known else _locale_of(call.caller)
    return await lock_call(call.sid, caller=call.caller, locale=locale, now=call.at)


def _locale_of(caller: str | None) -> str:
    if caller is None:
        return get_settings().locale
    return "zh" if caller.startswith(CHINESE_CODES) else "en"
