"""What a caller did or said, as a message on a ticket."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service_desk.attachments.operations import pending_attachment
from service_desk.attachments.schemas import NewAttachment
from service_desk.contacts.finding import NetworkSender
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.phone_line.calls import CallProgress, put_on_ticket
from service_desk.rules.tickets.choice import TicketChoice, choose_ticket
from service_desk.rules.tickets.numbers import FoundNumbers
from service_desk.self_service.callbacks import request_callback
from service_desk.self_service.senders import Sender, find_sender
from service_desk.texts.customer_texts import render_text
from service_desk.tickets.conversation import receive_message


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


async def add_unanswered_message(
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
        customer=NetworkSender(phone=row.phone, locale=row.locale),
        provider_id=recording.sid or None,
        attachments=_attachments(recording),
        linked_to=linked_to,
        received_at=row.started_at,  # the clocks start with the call, not with the recording
        acknowledge=row.phone is not None,  # by SMS too: a number only heard is soon forgotten
    )
    return (await open_ticket(new, now=call.received_at)).number


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
    sender, choice = await choose_ticket_of(row.caller, named, call.received_at)
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


async def choose_ticket_of(
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
