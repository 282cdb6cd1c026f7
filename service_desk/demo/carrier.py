"""The carrier's part of the built-in handset: the same webhooks, signed the same way (DESIGN §2.9).

Requests go through the whole application in this process, as Twilio's do over the network.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from uuid import uuid4

from litestar import Litestar
from msgspec import Struct

from service_desk.demo import media
from service_desk.demo.signed_webhook import path_of, post_signed
from service_desk.demo.sound import hum
from service_desk.demo.status_callbacks import DESK_NUMBER, report_delivery
from service_desk.errors import InvalidInput
from service_desk.rules.messages.sender_address import to_whatsapp

WITHHELD = "anonymous"  # Twilio's number of a caller who hides theirs
SMS = "/webhooks/twilio/sms"
VOICE = "/webhooks/twilio/voice"
SPEAKING_RATE = 2.5  # words, or Chinese characters, a second
MAX_SPEECH_SECONDS = 119  # within what the desk records


class SpokenText(Struct, frozen=True):
    language: str
    text: str


class CallPrompt(Struct, frozen=True):
    """What a caller hears and may do next. URLs are those in the TwiML, "" where there is none.

    `digits_url`, `record_url`, `timeout_url`: for digits, a recording, and no input. `max_digits`:
    None if the hash key ends them. `transcription_url`: for the text of the recording.
    `ringing_phones`: of the staff. `screening_url`: for the first of them who picks up.
    `after_dial_url`: where the call continues then.
    """

    spoken: tuple[SpokenText, ...]
    digits_url: str = ""
    max_digits: int | None = None
    record_url: str = ""
    transcription_url: str = ""
    timeout_url: str = ""
    ringing_phones: tuple[str, ...] = ()
    screening_url: str = ""
    after_dial_url: str = ""
    ended: bool = False


async def send_text(
    app: Litestar,
    phone: str,
    body: str,
    photos: Sequence[tuple[str, bytes]] = (),
    *,
    whatsapp: bool = False,
) -> None:
    """Send an SMS from `phone` to the desk (an MMS with photos: media type and content), or a
    WhatsApp message.

    The reply is in the outbox, where the handset reads it. Its delivery is reported if requested.
    """
    sid = f"{'MM' if photos else 'SM'}{uuid4().hex}"
    fields = {
        "ToCountry": "CN",
        "SmsMessageSid": sid,
        "NumMedia": str(len(photos)),
        "SmsSid": sid,
        "SmsStatus": "received",
        "From": phone,
        "Body": body,
        "FromCountry": "",
        "To": DESK_NUMBER,
        "NumSegments": "1",
        "MessageSid": sid,
    }
    for index, (media_type, content) in enumerate(photos):
        fields[f"MediaUrl{index}"] = await media.store(content)
        fields[f"MediaContentType{index}"] = media_type
    if whatsapp:
        fields |= {
            "From": to_whatsapp(phone),
            "To": to_whatsapp(DESK_NUMBER),
            "WaId": phone.removeprefix("+"),
            "ProfileName": "",
        }
    reply = ET.fromstring(await post_signed(app, SMS, fields))  # noqa: S314 - our own answer
    for message in reply.iterfind("Message[@statusCallback]"):
        await report_delivery(app, message.attrib["statusCallback"], phone, whatsapp=whatsapp)


async def dial(app: Litestar, phone: str) -> tuple[str, CallPrompt]:
    """Call the desk. Returns the CallSid and the first prompt."""
    sid = f"CA{uuid4().hex}"
    return sid, parse_twiml(await _call(app, VOICE, phone, sid, {"CallStatus": "ringing"}))


async def press(app: Litestar, phone: str, sid: str, url: str, digits: str) -> CallPrompt:
    return parse_twiml(await _call(app, _path(url), phone, sid, {"Digits": digits}))


async def stay_silent(app: Litestar, phone: str, sid: str, url: str) -> CallPrompt:
    return parse_twiml(await _call(app, _path(url), phone, sid, {}))


async def speak(
    app: Litestar, phone: str, sid: str, url: str, speech: str, transcription_url: str
) -> CallPrompt:
    """Leave a message. Its transcription follows, if the desk requested one."""
    recording = f"RE{uuid4().hex}"
    length = len(speech.split()) if speech.isascii() else len(speech)
    seconds = min(1 + int(length / SPEAKING_RATE), MAX_SPEECH_SECONDS)
    fields = {
        "RecordingSid": recording,
        "RecordingUrl": await media.store(hum(seconds)),
        "RecordingDuration": str(seconds),
    }
    prompt = parse_twiml(await _call(app, _path(url), phone, sid, fields))
    if not transcription_url:
        return prompt
    fields = {
        "RecordingSid": recording,
        "TranscriptionSid": f"TR{uuid4().hex}",
        "TranscriptionText": speech,
        "TranscriptionStatus": "completed",
    }
    await _call(app, _path(transcription_url), phone, sid, fields)
    return prompt


async def pick_up(
    app: Litestar, phone: str, sid: str, screening_url: str, after_dial_url: str
) -> CallPrompt:
    """A member of staff picks up and presses 1, and is connected; what they hear."""
    leg = {"CallSid": f"CA{uuid4().hex}", "ParentCallSid": sid}
    screening = parse_twiml(await _call(app, _path(screening_url), phone, sid, leg))
    if not screening.digits_url:
        return await finish_dial(app, phone, sid, after_dial_url, connected=False)
    accepted = leg | {"Digits": "1"}
    prompt = parse_twiml(await _call(app, _path(screening.digits_url), phone, sid, accepted))
    if prompt.ended:
        return await finish_dial(app, phone, sid, after_dial_url, connected=False)
    return CallPrompt(spoken=screening.spoken, after_dial_url=after_dial_url)


async def finish_dial(
    app: Litestar, phone: str, sid: str, after_dial_url: str, *, connected: bool
) -> CallPrompt:
    """The conversation is over, or nobody picked up; what the caller hears next."""
    fields = {"DialCallStatus": "completed" if connected else "no-answer"}
    return parse_twiml(await _call(app, _path(after_dial_url), phone, sid, fields))


async def end_call(app: Litestar, phone: str, sid: str, seconds: int) -> None:
    fields = {"CallStatus": "completed", "CallDuration": str(seconds)}
    await _call(app, f"{VOICE}/status", phone, sid, fields)


def parse_twiml(twiml: str) -> CallPrompt:
    """The verbs that our own responses use."""
    response = ET.fromstring(twiml)  # noqa: S314 - our own answer
    # What follows a <Gather> is spoken only to callers who press nothing.
    end = next((index for index, verb in enumerate(response, 1) if verb.tag == "Gather"), None)
    gather, record = response.find("Gather"), response.find("Record")
    redirect, dial = response.find("Redirect"), response.find("Dial")
    numbers = dial.findall("Number") if dial is not None else []
    max_digits = gather.get("numDigits") if gather is not None else None
    return CallPrompt(
        spoken=tuple(
            SpokenText(say.get("language", "")[:2], say.text or "")
            for verb in response[:end]
            for say in verb.iter("Say")
        ),
        digits_url=gather.get("action", "") if gather is not None else "",
        max_digits=int(max_digits) if max_digits else None,
        record_url=record.get("action", "") if record is not None else "",
        transcription_url=record.get("transcribeCallback", "") if record is not None else "",
        timeout_url=(redirect.text or "") if redirect is not None else "",
        ringing_phones=tuple(number.text or "" for number in numbers),
        screening_url=numbers[0].get("url", "") if numbers else "",
        after_dial_url=dial.get("action", "") if dial is not None else "",
        ended=response.find("Hangup") is not None and gather is None and record is None,
    )


def _path(url: str) -> str:
    """Path and query of a URL in TwiML. Raises InvalidInput for one that is not for calls."""
    path = path_of(url)
    if not path.startswith(f"{VOICE}/"):
        raise InvalidInput("This is not the address of a call. Please dial again.")
    return path


async def _call(app: Litestar, path: str, phone: str, sid: str, fields: Mapping[str, str]) -> str:
    call = {
        "CallSid": sid,
        "From": phone,
        "To": DESK_NUMBER,
        "Direction": "inbound",
        "CallStatus": "in-progress",
    }
    return await post_signed(app, path, call | dict(fields))
