"""POST /webhooks/twilio/sms: an incoming SMS or WhatsApp message, answered in the response.
/sms-status: delivery reports of outgoing ones."""

import re
from datetime import datetime
from typing import Any

from litestar import Request, Response, Router, post

from service_desk import wall_clock
from service_desk.attachments.operations import pending_attachment
from service_desk.attachments.schemas import NewAttachment
from service_desk.intake.texts.incoming import IncomingText
from service_desk.intake.texts.receiving import receive_text
from service_desk.intake.twilio.form import (
    MAX_ADDRESS_LENGTH,
    MAX_WEBHOOK_BYTES,
    SignedForm,
    handle_or_none,
    phone_or_none,
    read_webhook_form,
    sid_of,
)
from service_desk.intake.twilio.responses import xml_response
from service_desk.intake.twilio.signature import signed_by_twilio
from service_desk.outbox.delivery_reports import record_delivery_report
from service_desk.rules.messages.sender_address import read_address

MAX_MEDIA = 10
MAX_NAME_LENGTH = 200
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


@post("/sms", operation_id="receive_sms")
async def receive_sms(request: Request[Any, Any, Any]) -> Response[str]:
    """https://www.twilio.com/docs/messaging/guides/webhook-request"""
    text = read_text(await read_webhook_form(request), wall_clock.now())
    return xml_response(await receive_text(text))


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


def read_text(form: SignedForm, received_at: datetime) -> IncomingText:
    """Messages by WhatsApp, RCS and Messenger come as SMS do, with a prefix to the address and a
    few parameters more.

    https://www.twilio.com/docs/whatsapp/api#receive-whatsapp-messages-with-twilio
    Raises InvalidInput for a missing MessageSid.
    """
    sender = read_address(form.get("From"))
    address = sender.address[:MAX_ADDRESS_LENGTH]
    phone = phone_or_none(address)
    return IncomingText(
        provider_id=sid_of(form, "MessageSid", "SmsMessageSid", "SmsSid"),
        address=address,
        phone=phone,
        handle=handle_or_none(address) if phone is None else None,
        body=_body(form),
        attachments=_attachments(form),
        received_at=received_at,
        channel=sender.channel,
        name=" ".join(form.get("ProfileName").split())[:MAX_NAME_LENGTH],
        opt_out_type=form.get("OptOutType") or None,
        quoted_id=form.get("OriginalRepliedMessageSid") or None,
    )


def _body(form: SignedForm) -> str:
    """A location shared by WhatsApp usually has no Body: the coordinates stand for it."""
    location = [form.get("Latitude"), form.get("Longitude")]
    if not all(location):
        return form.text("Body")
    lines = [form.get("Label"), form.get("Address"), form.text("Body")]
    return "\n".join(["📍 " + ", ".join(location), *(line for line in lines if line)])


def _attachments(form: SignedForm) -> tuple[NewAttachment, ...]:
    """Photos of an MMS: Twilio keeps them, the worker fetches them."""
    count = min(_parse_int(form.get("NumMedia")) or 0, MAX_MEDIA)
    return tuple(
        pending_attachment(
            url, declared_type=form.get(f"MediaContentType{index}"), name=f"mms-{index + 1}"
        )
        for index in range(count)
        if (url := form.get(f"MediaUrl{index}"))
    )


def _parse_int(value: str) -> int | None:
    return int(value) if _WHOLE_NUMBER.fullmatch(value) else None


router = Router(
    "/webhooks/twilio",
    route_handlers=[receive_sms, receive_sms_status],
    guards=[signed_by_twilio],
    request_max_body_size=MAX_WEBHOOK_BYTES,
    include_in_schema=False,
)
