"""POST /webhooks/twilio/sms: a customer's SMS or WhatsApp message, answered at once. And what
became of ours."""

import re
from typing import Any

from litestar import Request, Response, Router, post

from service_desk import wall_clock
from service_desk.attachments.operations import pending_attachment
from service_desk.attachments.schemas import NewAttachment
from service_desk.intake.texts.incoming import IncomingText
from service_desk.intake.texts.receiving import receive_text
from service_desk.intake.texts.whatsapp import is_whatsapp, read_whatsapp
from service_desk.intake.twilio.form import (
    MAX_WEBHOOK_BYTES,
    SignedForm,
    handle_or_none,
    opt_out_type,
    phone_or_none,
    read_webhook_form,
    sid_of,
)
from service_desk.intake.twilio.signature import signed_by_twilio
from service_desk.intake.twilio.twiml import xml_response
from service_desk.outbox.delivery_reports import record_delivery_report

MAX_MEDIA = 10
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


@post("/sms", operation_id="receive_sms")
async def receive_sms(request: Request[Any, Any, Any]) -> Response[str]:
    """https://www.twilio.com/docs/messaging/guides/webhook-request"""
    return xml_response(await receive_text(_read_sms(await read_webhook_form(request))))


@post("/sms-status", operation_id="receive_sms_status", status_code=204)
async def receive_sms_status(request: Request[Any, Any, Any]) -> None:
    """https://www.twilio.com/docs/messaging/guides/track-outbound-message-status"""
    form = await read_webhook_form(request)
    await record_delivery_report(
        sid_of(form, "MessageSid", "SmsSid"),
        form.get("MessageStatus") or form.get("SmsStatus"),
        outbox=_parse_int(request.query_params.get("outbox", "")),
        error_code=_parse_int(form.get("ErrorCode")),
        now=wall_clock.now(),
    )


def _read_sms(form: SignedForm) -> IncomingText:
    sid = sid_of(form, "MessageSid", "SmsMessageSid", "SmsSid")
    if is_whatsapp(form):
        return read_whatsapp(form, sid, _media(form), wall_clock.now())
    sender = form.get("From")[:80]
    return IncomingText(
        sid=sid,
        sender=sender,
        phone=phone_or_none(sender),
        handle=handle_or_none(sender),
        body=form.text("Body"),
        attachments=_media(form),
        at=wall_clock.now(),
        answered_elsewhere=opt_out_type(form),
    )


def _media(form: SignedForm) -> tuple[NewAttachment, ...]:
    """Photos of an MMS: Twilio keeps them, the worker fetches them."""
    count = min(_parse_int(form.get("NumMedia")) or 0, MAX_MEDIA)
    return tuple(
        pending_attachment(
            url, declared_type=form.get(f"MediaContentType{place}"), name=f"mms-{place + 1}"
        )
        for place in range(count)
        if (url := form.get(f"MediaUrl{place}"))
    )


def _parse_int(text: str) -> int | None:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else None


router = Router(
    "/webhooks/twilio",
    route_handlers=[receive_sms, receive_sms_status],
    guards=[signed_by_twilio],
    request_max_body_size=MAX_WEBHOOK_BYTES,
    include_in_schema=False,
)
