"""WhatsApp by Twilio: the SMS gateway with WhatsApp addresses (docs/adding-a-channel.md)."""

from service_desk.outbox.twilio_gateway import TwilioGateway
from service_desk.rules.messages.sender_address import to_whatsapp
from service_desk.settings import Settings


class WhatsAppGateway(TwilioGateway):
    """The API, senders and status callbacks of SMS; only the addresses differ."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        sender = settings.twilio_whatsapp_from or (
            "" if settings.twilio_messaging_service_sid else settings.twilio_from
        )
        if sender:
            self.sender = {"from_": to_whatsapp(sender)}

    def address(self, phone: str) -> str:
        return to_whatsapp(phone)
