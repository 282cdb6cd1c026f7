"""/handset: a phone in the browser that texts and calls the desk. Demo only."""

import re
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.handlers import BaseRouteHandler

from service_desk import wall_clock
from service_desk.contacts.phone_numbers import format_phone, to_e164
from service_desk.demo import carrier
from service_desk.demo.carrier import CallPrompt
from service_desk.demo.media import show_media
from service_desk.demo.phone_book import bubbles, mails, phone_owner, phone_owners
from service_desk.errors import InvalidInput, NotFound
from service_desk.intake.web.forms import read_public_form
from service_desk.rules.messages.attachments import ACCEPT_ATTRIBUTE, MAX_FILES
from service_desk.settings import get_settings
from service_desk.tickets.sending import MAX_TEXT_LENGTH
from service_desk.web.access import AnyRequest
from service_desk.web.templates import page, see_other

FIRST_PHONE = "+8613900000001"
QUICK_REPLIES = ("STATUS", "HELP", "CALL", "STOP", "START")
QUICK_REPLIES_ZH = ("进度", "帮助", "回电", "退订", "恢复")
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


async def demo_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard: open to anyone in demo mode, otherwise 404."""
    if not get_settings().demo:
        raise NotFound("There is nothing at this address.")


@get("/handset")
async def show_messages(request: AnyRequest) -> Response[str]:
    return await _page(request, "handset/messages.html", _phone(request.query_params))


@get("/handset/chat")
async def show_chat(request: AnyRequest) -> Response[Any]:
    """The bubbles only; 204 if they are those that the page has `seen`."""
    phone = _phone(request.query_params)
    chat = await _chat(phone)
    if chat["seen"] == request.query_params.get("seen"):
        return Response(None, status_code=204)
    return page(request, "handset/chat.html", phone=phone, **chat)


@post("/handset/text", status_code=200)
async def send_text(request: AnyRequest) -> Response[Any]:
    form = await read_public_form(request)
    phone = _phone(form)
    body = (form.get("chip") or form.get("body", ""))[:MAX_TEXT_LENGTH]
    photos = [] if form.get("chip") else await _photos(request)
    channel = "whatsapp" if form.get("channel") == "whatsapp" else "sms"
    await carrier.send_text(request.app, phone, body, photos, whatsapp=channel == "whatsapp")
    if not request.headers.get("hx-request"):
        return see_other(f"/handset?phone={phone.replace('+', '%2B')}&channel={channel}")
    return page(
        request, "handset/sent.html", phone=phone, **_composer(channel), **await _chat(phone)
    )


@get("/handset/call")
async def show_call(request: AnyRequest) -> Response[str]:
    return await _page(request, "handset/call.html", _phone(request.query_params), call=None)


@post("/handset/call", status_code=200)
async def continue_call(request: AnyRequest) -> Response[str]:
    form = await read_public_form(request)
    phone, sid = _phone(form), form.get("sid", "")
    caller = carrier.WITHHELD if form.get("withheld") else phone
    sid, prompt = await _step(request, form, caller, sid)
    now = int(wall_clock.now().timestamp())
    started_at = min(_seconds(form.get("started_at", "")) or now, now)
    if prompt.ended:
        await carrier.end_call(request.app, caller, sid, now - started_at)
    call = {
        "sid": sid,
        "prompt": prompt,
        "action": form.get("digits") or form.get("speech", ""),
        "started_at": started_at,
        "withheld": caller == carrier.WITHHELD,
    }
    if request.headers.get("hx-request"):
        return page(request, "handset/call_step.html", phone=phone, keys=KEYS, call=call)
    return await _page(request, "handset/call.html", phone, call=call)


@get("/handset/mail")
async def show_mail(request: AnyRequest) -> Response[str]:
    return await _page(request, "handset/mail.html", _phone(request.query_params))


async def _photos(request: AnyRequest) -> list[tuple[str, bytes]]:
    """Media type and content of the files of a form."""
    files = [
        file
        for _, file in (await request.form()).multi_items()
        if isinstance(file, UploadFile) and file.filename
    ]
    return [(file.content_type, await file.read()) for file in files[:MAX_FILES]]


async def _step(
    request: AnyRequest, form: dict[str, str], phone: str, sid: str
) -> tuple[str, CallPrompt]:
    url, app = form.get("url", ""), request.app
    after_dial_url = form.get("after_dial_url", "")
    match form.get("intent"):
        case "dial":
            return await carrier.dial(app, phone)
        case "press":
            return sid, await carrier.press(app, phone, sid, url, form.get("digits", ""))
        case "speak" if form.get("speech"):
            speech = form["speech"][:MAX_TEXT_LENGTH]
            transcription_url = form.get("transcription_url", "")
            return sid, await carrier.speak(app, phone, sid, url, speech, transcription_url)
        case "pick_up":
            return sid, await carrier.pick_up(app, phone, sid, url, after_dial_url)
        case "finish":
            return sid, await carrier.finish_dial(app, phone, sid, after_dial_url, connected=True)
        case "no_answer":
            return sid, await carrier.finish_dial(app, phone, sid, after_dial_url, connected=False)
        case "hang_up":
            return sid, CallPrompt(spoken=(), ended=True)
        case _:
            return sid, await carrier.stay_silent(app, phone, sid, form.get("timeout_url") or url)


async def _page(request: AnyRequest, template: str, phone: str, **values: Any) -> Response[str]:
    return page(
        request,
        template,
        phone=phone,
        phone_shown=format_phone(phone, get_settings().region),
        owner=await phone_owner(phone),
        owners=await phone_owners(),
        mails=await mails(),
        keys=KEYS,
        **_composer(request.query_params.get("channel", "sms")),
        **await _chat(phone),
        **values,
    )


async def _chat(phone: str) -> dict[str, Any]:
    shown = await bubbles(phone)
    return {"bubbles": shown, "seen": sha256(msgspec.json.encode(shown)).hexdigest()[:16]}


def _composer(channel: str) -> dict[str, Any]:
    """`channel`: sms or whatsapp, as chosen for the next message."""
    return {
        "max_length": MAX_TEXT_LENGTH,
        "accepted": ACCEPT_ATTRIBUTE,
        "chips": {"en": QUICK_REPLIES, "zh": QUICK_REPLIES_ZH},
        "channel": channel,
    }


def _seconds(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,10}", text) else None


def _phone(values: Any) -> str:
    """The phone in use, as E.164; the first one instead of an invalid number."""
    try:
        return to_e164(values.get("phone") or FIRST_PHONE, get_settings().region)
    except InvalidInput:
        return FIRST_PHONE


router = Router(
    "/",
    route_handlers=[
        show_messages,
        show_chat,
        send_text,
        show_call,
        continue_call,
        show_mail,
        show_media,
    ],
    guards=[demo_only],
    include_in_schema=False,
)
