"""POST /webhooks/twilio/voice and below: a phone call, one webhook a step.

https://www.twilio.com/docs/voice/twiml
"""

import re

from litestar import Response, Router, post

from service_desk import wall_clock
from service_desk.intake.calls import calling, connecting
from service_desk.intake.calls import menu as voice_menu
from service_desk.intake.calls.call_messages import IncomingCall, Recording
from service_desk.intake.calls.menu import CHOICES, MAX_TRIES, OTHER_LANGUAGE_KEY, OTHER_LOCALE
from service_desk.intake.twilio.form import (
    MAX_ADDRESS_LENGTH,
    MAX_WEBHOOK_BYTES,
    SignedForm,
    keyed_phone_or_none,
    phone_or_none,
    read_webhook_form,
    sid_of,
)
from service_desk.intake.twilio.responses import xml_response
from service_desk.intake.twilio.signature import signed_by_twilio
from service_desk.phone_line.queries import phones_to_ring
from service_desk.rules.codes import code_from
from service_desk.rules.messages.sender_address import read_address
from service_desk.rules.tickets.numbers import is_valid_number
from service_desk.rules.tickets.vocabulary import (
    FINAL_CALL_STATUSES,
    NOT_CONNECTED,
    MenuChoice,
)
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.web.access import AnyRequest

RECORD_PROMPTS: dict[MenuChoice | None, str] = {
    "complaint": "say_record_complaint",
    "repair": "say_record_repair",
}
MAX_TRANSCRIPTION_LENGTH = 10_000
ACCEPT_KEY = "1"
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


@post("/", operation_id="receive_call")
async def receive_call(request: AnyRequest) -> Response[str]:
    call = _call(await read_webhook_form(request))
    locale = (await calling.start_call(call)).locale
    return xml_response(voice_menu.greeting(locale, await calling.find_open_ticket(call, locale)))


@post("/menu", operation_id="receive_call_menu")
async def receive_menu(request: AnyRequest) -> Response[str]:
    form = await read_webhook_form(request)
    call = _call(form)
    locale = (await calling.start_call(call)).locale
    digits = re.sub(r"[^0-9]", "", form.get("Digits"))
    match request.query_params.get("step"):
        case "number":
            twiml = await _handle_ticket_number(call, locale, digits, _attempt(request))
        case "instead":
            twiml = await _handle_no_ticket(call, locale, digits)
        case "after":
            twiml = await _handle_after_status(request, call, locale, digits)
        case "phone":
            twiml = await _handle_phone(call, locale, digits, _attempt(request))
        case "phone-check":
            twiml = await _handle_phone_check(call, locale, digits, _attempt(request))
        case _:
            twiml = await _handle_choice(request, call, locale, digits)
    return xml_response(twiml)


@post("/dialled", operation_id="receive_dialled")
async def receive_dialled(request: AnyRequest) -> Response[str]:
    """The <Dial> has ended: they have talked, or nobody accepted the call.

    If somebody accepted just as the ringing stopped, the carrier's status decides.
    """
    form = await read_webhook_form(request)
    call = _call(form)
    locale = (await calling.start_call(call)).locale
    accepted = await connecting.stop_ringing(call)
    if accepted and form.get("DialCallStatus") not in NOT_CONNECTED:
        return xml_response(voice_menu.goodbye(locale))
    return xml_response(await _record(call, locale, "say_nobody_free"))


@post("/offer", operation_id="receive_offer")
async def receive_offer(request: AnyRequest) -> Response[str]:
    """A member of staff (`staff`) picked up, and is asked whether they accept the call (`call`)."""
    form = await read_webhook_form(request)
    sid, staff = request.query_params.get("call", ""), request.query_params.get("staff", "")
    valid = _SID.fullmatch(sid) and _WHOLE_NUMBER.fullmatch(staff)
    offer = await connecting.find_offer(sid, int(staff)) if valid else None
    if offer is None:
        return xml_response(voice_menu.hang_up())
    row, phone = offer
    if request.query_params.get("step") != "answer":
        return xml_response(voice_menu.offer(phone.locale, sid, phone.staff, row.caller))
    if form.get("Digits") != ACCEPT_KEY:
        return xml_response(voice_menu.hang_up())
    accepted = await connecting.accept_call(sid, phone.staff, wall_clock.now())
    return xml_response(
        voice_menu.connect_twiml() if accepted else voice_menu.too_late(phone.locale)
    )


@post("/recording", operation_id="receive_recording")
async def receive_recording(request: AnyRequest) -> Response[str]:
    form = await read_webhook_form(request)
    call = _call(form)
    recording = Recording(
        sid=sid_of(form, "RecordingSid") if form.get("RecordingSid") else "",
        url=form.get("RecordingUrl"),
        seconds=re.sub(r"[^0-9]", "", form.get("RecordingDuration"))[:6],
    )
    message = await calling.leave_message(call, recording, _ticket_param(request))
    locale = (await calling.start_call(call)).locale
    recorded = bool(recording.sid)
    return xml_response(
        voice_menu.confirm_message(locale, message.number, recorded=recorded, new=message.new)
    )


@post("/transcription", operation_id="receive_transcription", status_code=204)
async def receive_transcription(request: AnyRequest) -> None:
    form = await read_webhook_form(request)
    transcription = form.text("TranscriptionText")[:MAX_TRANSCRIPTION_LENGTH]
    if transcription.strip() and form.get("TranscriptionStatus") in ("", "completed"):
        sid = sid_of(form, "TranscriptionSid", "RecordingSid")
        await calling.add_transcription(_call(form), sid, transcription)


@post("/status", operation_id="receive_call_status", status_code=204)
async def receive_status(request: AnyRequest) -> None:
    form = await read_webhook_form(request)
    status = code_from(form.get("CallStatus"), FINAL_CALL_STATUSES)
    if status is not None:
        duration = form.get("CallDuration")
        seconds = int(duration) if _WHOLE_NUMBER.fullmatch(duration) else None
        await calling.end_call(_call(form), status, seconds)


async def _handle_choice(
    request: AnyRequest, call: IncomingCall, locale: Locale, digits: str
) -> str:
    if digits == OTHER_LANGUAGE_KEY:
        menu_locale = code_from(request.query_params.get("lang"), LOCALES)
        other = OTHER_LOCALE[menu_locale or locale]
        await calling.switch_language(call, other)
        return voice_menu.menu_in(other)
    attempt, choice = _attempt(request), CHOICES.get(digits)
    if choice is None and attempt < MAX_TRIES:
        return voice_menu.menu_again(locale, attempt + 1)
    if choice in (None, "person"):
        return await _connect_to_person(call, locale)
    await calling.record_menu_choice(call, choice)
    if choice == "progress":
        return await _ask_number(call, locale)
    return await _record(call, locale)


async def _connect_to_person(call: IncomingCall, locale: Locale, *prompts: str) -> str:
    await calling.record_menu_choice(call, "person")
    if phones := await phones_to_ring():
        return voice_menu.ring_staff_phones(
            locale, call.sid, phones, *prompts, caller_id=None if call.caller else call.called
        )
    return await _record(call, locale, *prompts)


async def _ask_number(call: IncomingCall, locale: Locale) -> str:
    """A caller without a ticket, or whose tickets we cannot know, is not asked for a number."""
    if call.caller is None:
        return voice_menu.no_ticket_menu(locale, "say_progress_withheld")
    if not await calling.has_tickets(call):
        return voice_menu.no_ticket_menu(locale, "say_progress_none")
    return voice_menu.ask_number(locale, 1)


async def _handle_no_ticket(call: IncomingCall, locale: Locale, digits: str) -> str:
    if CHOICES.get(digits) == "person":
        return await _connect_to_person(call, locale)
    await calling.record_menu_choice(call, "person")  # to be called back, if they leave a number
    return await _record(call, locale)


async def _record(call: IncomingCall, locale: Locale, *prompts: str, ask_phone: bool = True) -> str:
    """Ask for a message; with `ask_phone`, first for a phone number if we have none."""
    row = await calling.start_call(call)
    if ask_phone and row.phone is None:
        return voice_menu.ask_phone(locale, 1, *prompts)
    person = (
        "say_record_person" if row.caller else
        "say_record_person_entered" if row.confirmed_phone else "say_record_person_unknown"
    )  # fmt: skip
    return voice_menu.record(locale, RECORD_PROMPTS.get(row.menu_choice, person), *prompts)


async def _handle_phone(call: IncomingCall, locale: Locale, digits: str, attempt: int) -> str:
    if not digits:
        return await _record(call, locale, ask_phone=False)
    if (phone := keyed_phone_or_none(digits)) is not None:
        await calling.record_entered_phone(call, phone)
        return voice_menu.check_phone(locale, attempt, digits)
    if attempt < MAX_TRIES:
        return voice_menu.ask_phone(locale, attempt + 1, "say_phone_invalid")
    return await _record(call, locale, "say_phone_invalid", ask_phone=False)


async def _handle_phone_check(call: IncomingCall, locale: Locale, digits: str, attempt: int) -> str:
    if digits == "1":
        await calling.confirm_phone(call)
    elif attempt < MAX_TRIES:
        return voice_menu.ask_phone(locale, attempt + 1)
    return await _record(call, locale, ask_phone=False)


async def _handle_ticket_number(
    call: IncomingCall, locale: Locale, digits: str, attempt: int
) -> str:
    valid = is_valid_number(digits)
    ticket = await calling.look_up_ticket(call, digits) if valid else None
    if ticket is not None:
        return voice_menu.say_status(locale, *ticket)
    if valid:
        apology = "say_number_not_yours"
    else:
        apology = "say_number_mistyped" if digits else "say_not_understood"
    if attempt < MAX_TRIES:
        return voice_menu.ask_number(locale, attempt + 1, apology)
    return await _connect_to_person(call, locale, apology)


async def _handle_after_status(
    request: AnyRequest, call: IncomingCall, locale: Locale, digits: str
) -> str:
    if digits == "1":
        return voice_menu.record(locale, "say_record_more", ticket=_ticket_param(request))
    if CHOICES.get(digits) == "person":
        return await _connect_to_person(call, locale)
    return voice_menu.goodbye(locale)


def _call(form: SignedForm) -> IncomingCall:
    address = read_address(form.get("From")).address[:MAX_ADDRESS_LENGTH]
    return IncomingCall(
        sid=sid_of(form, "CallSid"),
        address=address,
        caller=phone_or_none(address),
        received_at=wall_clock.now(),
        called=phone_or_none(form.get("To")[:MAX_ADDRESS_LENGTH]),
    )


def _attempt(request: AnyRequest) -> int:
    attempt = request.query_params.get("attempt", "1")
    return int(attempt) if re.fullmatch("[1-9]", attempt) else 1


def _ticket_param(request: AnyRequest) -> str | None:
    number = request.query_params.get("ticket", "")
    return number if is_valid_number(number) else None


router = Router(
    "/webhooks/twilio/voice",
    route_handlers=[
        receive_call,
        receive_menu,
        receive_dialled,
        receive_offer,
        receive_recording,
        receive_transcription,
        receive_status,
    ],
    guards=[signed_by_twilio],
    request_max_body_size=MAX_WEBHOOK_BYTES,
    include_in_schema=False,
)
