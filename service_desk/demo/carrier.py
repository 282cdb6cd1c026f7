"""The carrier's part on the built-in handset: the same webhooks, signed the same way (DESIGN §2.9).

Requests go through the whole application in this process, as Twilio's would over the network.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx
from litestar import Litestar
from msgspec import Struct
from twilio.request_validator import RequestValidator

from service_desk.attachments.media_hosts import DEMO_ACCOUNT
from service_desk.demo import media
from service_desk.errors import InvalidInput
from service_desk.rules.whatsapp_address import to_address
from service_desk.settings import get_settings

SMS = "/webhooks/twilio/sms"
VOICE = "/webhooks/twilio/voice"
DESK_NUMBER = "+8675500000000"
PATIENCE = 15  # seconds, as Twilio's
SPEECH = 2.5  # words, or Chinese characters, a second


class Spoken(Struct, frozen=True):
    language: str
    words: str


class Heard(Struct, frozen=True):
    """What a caller hears and may do next. Addresses are those that TwiML names.

    `digits`: how many keys the question takes, None until the hash key. `keys`, `record` and
    `silence`: where keys, a recording and neither of them lead. `ringing`: phones of the staff;
    `offer`: what the first to pick up is asked; `dialled`: where the call goes on afterwards.
    """

    said: tuple[Spoken, ...]
    keys: str = ""
    digits: int | None = None
    record: str = ""
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

    The answer is in the outbox, where the handset reads it.
    """
    sid = f"{'MM' if photos else 'SM'}{uuid4().hex}"
    fields = {
        "ToCountry": "CN",
        "SmsMessageSid": sid,
        "NumMedia": str(len(photos)),
        "SmsSid": sid,
        "SmsStatus": "received",
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
    await _post(app, SMS, phone, fields)


async def dial(app: Litestar, phone: str) -> tuple[str, Heard]:
    """Call the desk. Returns the CallSid and the first words."""
    sid = f"CA{uuid4().hex}"
    return sid, heard(await _call(app, VOICE, phone, sid, {"CallStatus": "ringing"}))


async def press(app: Litestar, phone: str, sid: str, url: str, digits: str) -> Heard:
    return heard(await _call(app, _path(url), phone, sid, {"Digits": digits}))


async def stay_silent(app: Litestar, phone: str, sid: str, url: str) -> Heard:
    return heard(await _call(app, _path(url), phone, sid, {}))


async def speak(app: Litestar, phone: str, sid: str, url: str, words: str) -> Heard:
    """Leave a message; what was said comes after it as a transcription, as Twilio does it."""
    recording = f"RE{uuid4().hex}"
    length = len(words.split()) if words.isascii() else len(words)
    fields = {"RecordingSid": recording, "RecordingDuration": str(1 + int(length / SPEECH))}
    answer = heard(await _call(app, _path(url), phone, sid, fields))
    fields = {
        "RecordingSid": recording,
        "TranscriptionSid": f"TR{uuid4().hex}",
        "TranscriptionText": words,
        "TranscriptionStatus": "completed",
    }
    await _call(app, f"{VOICE}/transcription", phone, sid, fields)
    return answer


async def pick_up(app: Litestar, phone: str, sid: str, offer: str, dialled: str) -> Heard:
    """Somebody of the staff picks up and presses 1; what they hear. The two are talking then."""
    leg = {"CallSid": f"CA{uuid4().hex}", "ParentCallSid": sid}
    asked = heard(await _call(app, _path(offer), phone, sid, leg))
    if not asked.keys:
        return await talk_over(app, phone, sid, dialled, connected=False)
    answer = heard(await _call(app, _path(asked.keys), phone, sid, leg | {"Digits": "1"}))
    if answer.over:
        return await talk_over(app, phone, sid, dialled, connected=False)
    return Heard(said=asked.said, dialled=dialled)


async def talk_over(app: Litestar, phone: str, sid: str, dialled: str, *, connected: bool) -> Heard:
    """The talk is over, or nobody picked up: what the caller hears next."""
    fields = {"DialCallStatus": "completed" if connected else "no-answer"}
    return heard(await _call(app, _path(dialled), phone, sid, fields))


async def hang_up(app: Litestar, phone: str, sid: str) -> None:
    await _call(app, f"{VOICE}/status", phone, sid, {"CallStatus": "completed"})


def heard(twiml: str) -> Heard:
    """What TwiML says and asks, as far as our own answers use it."""
    response = ET.fromstring(twiml)  # noqa: S314 - our own answer
    gather, record = response.find("Gather"), response.find("Record")
    redirect, dial = response.find("Redirect"), response.find("Dial")
    numbers = dial.findall("Number") if dial is not None else []
    count = gather.get("numDigits") if gather is not None else None
    return Heard(
        said=tuple(
            Spoken(say.get("language", "")[:2], say.text or "") for say in response.iter("Say")
        ),
        keys=gather.get("action", "") if gather is not None else "",
        digits=int(count) if count else None,
        record=record.get("action", "") if record is not None else "",
        silence=(redirect.text or "") if redirect is not None else "",
        ringing=tuple(number.text or "" for number in numbers),
        offer=numbers[0].get("url", "") if numbers else "",
        dialled=dial.get("action", "") if dial is not None else "",
        over=response.find("Hangup") is not None and gather is None and record is None,
    )


def _path(url: str) -> str:
    """Path and query of an address in TwiML. Only this desk's own calls are answered."""
    parts = urlsplit(url)
    if not parts.path.startswith(f"{VOICE}/"):
        raise InvalidInput("This is no address of a call. Please dial again.")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def _call(app: Litestar, path: str, phone: str, sid: str, fields: Mapping[str, str]) -> str:
    call = {"CallSid": sid, "To": DESK_NUMBER, "Direction": "inbound", "CallStatus": "in-progress"}
    return await _post(app, path, phone, call | dict(fields))


async def _post(app: Litestar, path: str, phone: str, fields: Mapping[str, str]) -> str:
    public_url = get_settings().public_url.rstrip("/")
    params = {"AccountSid": DEMO_ACCOUNT, "ApiVersion": "2010-04-01", "From": phone, **fields}
    signature = _signature(public_url + path, params)
    transport: Any = httpx.ASGITransport(app)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(
        transport=transport, base_url=public_url, timeout=PATIENCE
    ) as client:
        response = await client.post(
            path,
            content=urlencode(params),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": signature,
            },
        )
    response.raise_for_status()
    return response.text


def _signature(url: str, params: Mapping[str, str]) -> str:
    validator = RequestValidator(get_settings().webhook_key)
    return str(validator.compute_signature(url, params))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
