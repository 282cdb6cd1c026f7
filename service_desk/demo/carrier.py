"""The carrier's part on the built-in handset: the same webhooks, signed the same way (DESIGN §2.9).

Requests go through the whole application in this process, as Twilio's would over the network.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from uuid import uuid4

from litestar import Litestar
from msgspec import Struct

from service_desk.demo import media
from service_desk.demo.delivered import DESK_NUMBER, report_delivery
from service_desk.demo.signed_webhook import path_of, post_signed
from service_desk.demo.sound import hum
from service_desk.errors import InvalidInput
from service_desk.rules.messages.whatsapp_address import to_address

WITHHELD = "anonymous"  # as a caller's number that is not shown
SMS = "/webhooks/twilio/sms"
VOICE = "/webhooks/twilio/voice"
SPEAKING_RATE = 2.5  # words, or Chinese characters, a second
MAX_SPEECH_SECONDS = 119  # seconds that anybody speaks; what the desk takes is not less


class SpokenText(Struct, frozen=True):
    language: str
    words: str


class CallPrompt(Struct, frozen=True):
    """What a caller hears and may do next. Addresses are those that TwiML names.

    `digits`: how many keys the question takes, None until the hash key. `keys`, `record` and
    `silence`: where keys, a recording and neither of them lead; `words`: where the words of a
    recording go, "" if it is not transcribed. `ringing`: phones of the staff; `offer`: what the
    first to pick up is asked; `dialled`: where the call goes on afterwards.
    """

    said: tuple[SpokenText, ...]
    keys: str = ""
    digits: int | None = None
    record: str = ""
    words: str = ""
    silence: str = ""
    ringing: tuple[str, ...] = ()
    offer: str = ""
    dialled: str = ""
    over: bool = False


async def send_text(
    app: Litestar,
    phone: str,
    body: str,
    photos: Sequence[tuple[str, bytes]] = (),
    *,
    whatsapp: bool = False,
) -> None:
    """Text the desk from `phone`, with photos as (media type, content), then an MMS; or write to
    it by WhatsApp.

    The answer is in the outbox, where the handset reads it; that it arrived is reported as wanted.
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
    for place, (media_type, content) in enumerate(photos):
        fields[f"MediaUrl{place}"] = await media.keep(content)
        fields[f"MediaContentType{place}"] = media_type
    if whatsapp:
        fields |= {
            "From": to_address(phone),
            "To": to_address(DESK_NUMBER),
            "WaId": phone.removeprefix("+"),
            "ProfileName": "",
        }
    answer = ET.fromstring(await post_signed(app, SMS, fields))
    for message in answer.iterfind("Message[@statusCallback]"):
        await report_delivery(app, message.attrib["statusCallback"], phone, whatsapp=whatsapp)


async def dial(app: Litestar, phone: str) -> tuple[str, CallPrompt]:
    """Call the desk. Returns the CallSid and the first words."""
    sid = f"CA{uuid4().hex}"
    return sid, parse_twiml(await _call(app, VOICE, phone, sid, {"CallStatus": "ringing"}))


async def press(app: Litestar, phone: str, sid: str, url: str, digits: str) -> CallPrompt:
    return parse_twiml(await _call(app, _path(url), phone, sid, {"Digits": digits}))


async def stay_silent(app: Litestar, phone: str, sid: str, url: str) -> CallPrompt:
    return parse_twiml(await _call(app, _path(url), phone, sid, {}))


async def speak(
    app: Litestar, phone: str, sid: str, url: str, words: str, words_to: str
) -> CallPrompt:
    """Leave a message. What was said comes after it as a transcription, if the desk asked for one
    (`words_to`): nobody else puts a voice into words."""
    recording = f"RE{uuid4().hex}"
    length = len(words.split()) if words.isascii() else len(words)
    seconds = min(1 + int(length / SPEAKING_RATE), MAX_SPEECH_SECONDS)
    fields = {
        "RecordingSid": recording,
        "RecordingUrl": await media.keep(hum(seconds)),
        "RecordingDuration": str(seconds),
    }
    answer = parse_twiml(await _call(app, _path(url), phone, sid, fields))
    if not words_to:
        return answer
    fields = {
        "RecordingSid": recording,
        "TranscriptionSid": f"TR{uuid4().hex}",
        "TranscriptionText": words,
        "TranscriptionStatus": "completed",
    }
    await _call(app, _path(words_to), phone, sid, fields)
    return answer


async def pick_up(app: Litestar, phone: str, sid: str, offer: str, dialled: str) -> CallPrompt:
    """Somebody of the staff picks up and presses 1; what they hear. The two are talking then."""
    leg = {"CallSid": f"CA{uuid4().hex}", "ParentCallSid": sid}
    asked = parse_twiml(await _call(app, _path(offer), phone, sid, leg))
    if not asked.keys:
        return await finish_dial(app, phone, sid, dialled, connected=False)
    answer = parse_twiml(await _call(app, _path(asked.keys), phone, sid, leg | {"Digits": "1"}))
    if answer.over:
        return await finish_dial(app, phone, sid, dialled, connected=False)
    return CallPrompt(said=asked.said, dialled=dialled)


async def finish_dial(
    app: Litestar, phone: str, sid: str, dialled: str, *, connected: bool
) -> CallPrompt:
    """The talk is over, or nobody picked up: what the caller hears next."""
    fields = {"DialCallStatus": "completed" if connected else "no-answer"}
    return parse_twiml(await _call(app, _path(dialled), phone, sid, fields))


async def end_call(app: Litestar, phone: str, sid: str, seconds: int) -> None:
    over = {"CallStatus": "completed", "CallDuration": str(seconds)}
    await _call(app, f"{VOICE}/status", phone, sid, over)


def parse_twiml(twiml: str) -> CallPrompt:
    """What TwiML says and asks, as far as our own answers use it."""
    response = ET.fromstring(twiml)
    asking = next((at for at, verb in enumerate(response, 1) if verb.tag == "Gather"), None)
    gather, record = response.find("Gather"), response.find("Record")
    redirect, dial = response.find("Redirect"), response.find("Dial")
    numbers = dial.findall("Number") if dial is not None else []
    count = gather.get("numDigits") if gather is not None else None
    return CallPrompt(
        said=tuple(
            SpokenText(say.get("language", "")[:2], say.text or "")
            for verb in response[:asking]  # what comes after a question, the silent hear
            for say in verb.iter("Say")
        ),
        keys=gather.get("action", "") if gather is not None else "",
        digits=int(count) if count else None,
        record=record.get("action", "") if record is not None else "",
        words=record.get("transcribeCallback", "") if record is not None else "",
        silence=(redirect.text or "") if redirect is not None else "",
        ringing=tuple(number.text or "" for number in numbers),
        offer=numbers[0].get("url", "") if numbers else "",
        dialled=dial.get("action", "") if dial is not None else "",
        over=response.find("Hangup") is not None and gather is None and record is None,
    )


def _path(url: str) -> str:
    """Path and query of an address in TwiML. Only this desk's own calls are answered."""
    path = path_of(url)
    if not path.startswith(f"{VOICE}/"):
        raise InvalidInput("This is no address of a call. Please dial again.")
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
