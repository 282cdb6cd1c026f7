"""WhatsApp by Twilio: the webhook of SMS with other addresses, and a little more in it.

https://www.twilio.com/docs/whatsapp/api#receive-whatsapp-messages-with-twilio
"""

from datetime import datetime

from service_desk.attachments.schemas import NewAttachment
from service_desk.intake.texts.incoming import IncomingText
from service_desk.intake.twilio.form import SignedForm, handle_or_none, opt_out_type, phone_or_none
from service_desk.rules.messages.whatsapp_address import phone_from_address

MAX_NAME_LENGTH = 200


def is_whatsapp(form: SignedForm) -> bool:
    return phone_from_address(form.get("From")) is not None


def read_whatsapp(
    form: SignedForm, sid: str, attachments: tuple[NewAttachment, ...], at: datetime
) -> IncomingText:
    """A message with its sender's number and the name they give themselves."""
    sender = phone_from_address(form.get("From")) or ""
    return IncomingText(
        sid=sid,
        sender=sender[:80],
        phone=phone_or_none(sender),
        handle=handle_or_none(sender),
        body=_body_with_location(form),
        attachments=attachments,
        at=at,
        channel="whatsapp",
        name=" ".join(form.get("ProfileName").split())[:MAX_NAME_LENGTH],
        answered_elsewhere=opt_out_type(form),
    )


def _body_with_location(form: SignedForm) -> str:
    """A place that was shared has no words: where it is, is what it says."""
    place = [form.get("Latitude"), form.get("Longitude")]
    if not all(place):
        return form.text("Body")
    named = [form.get("Label"), form.get("Address"), form.text("Body")]
    return "\n".join(["📍 " + ", ".join(place), *(line for line in named if line)])
