"""Receiving texts: each exactly once; those that open tickets, of many senders, in one batch."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from service_desk.batching import Batcher
from service_desk.contacts.handles import record_handle_contact
from service_desk.contacts.whatsapp import record_whatsapp_contact
from service_desk.database import transaction
from service_desk.idempotency.text_replies import (
    StoredReply,
    lock_contacts,
    store_replies,
    stored_replies,
)
from service_desk.intake.texts import keywords
from service_desk.intake.texts.incoming import AutoReply, IncomingText
from service_desk.intake.texts.intents import Intent, MessageIntent, RatingIntent, read_intent
from service_desk.intake.texts.ticket_messages import (
    add_to_ticket,
    open_tickets_from_texts,
    receive_callback_request,
    record_rating,
)
from service_desk.intake.twilio.twiml import EMPTY_RESPONSE, sms_response
from service_desk.rules.messages.sender_address import takes_replies
from service_desk.rules.tickets.choice import TicketChoice
from service_desk.rules.words.customer_words import Keyword
from service_desk.rules.words.languages import language_of
from service_desk.self_service.senders import Sender, find_senders, quoted_tickets
from service_desk.settings import get_settings


async def receive_texts(texts: Sequence[IncomingText]) -> list[str | None]:
    """The TwiML for each of these texts, of as many senders, in one transaction.

    None for a text that must be received alone: in a batch, all but those that open a ticket and
    repeated deliveries. The others lock existing tickets, and a batch must not hold one of them
    while it waits for the next.
    """
    async with transaction(plan_once=True):
        await lock_contacts([text.contact for text in texts])
        twiml = await stored_replies([text.key for text in texts])
        read = await _read([text for text in texts if text.key not in twiml])
        if len(texts) == 1:
            replies = [await _carry_out(text, sender, intent) for text, sender, intent in read]
        else:
            read = [
                (text, sender, intent)
                for text, sender, intent in read
                if isinstance(intent, MessageIntent) and _can_batch(text, intent)
            ]
            replies = await open_tickets_from_texts(read)
        twiml |= await store_replies(
            [
                _stored_reply(text, intent, reply)
                for (text, _, intent), reply in zip(read, replies, strict=True)
            ]
        )
        for text, _, _ in read:
            if text.channel == "whatsapp" and text.phone is not None:
                await record_whatsapp_contact(text.phone, text.address, at=text.received_at)
            if takes_replies(text.handle):
                await record_handle_contact(text.address, at=text.received_at)
        return [twiml.get(text.key) for text in texts]


receive_text = Batcher(receive_texts, keys=lambda text: (text.contact,)).submit
"""Receive one text exactly once; the TwiML to answer with, the same for every delivery.

Texts that arrive while others are being received share one transaction: one at a time, most of the
work would be round trips to the database.
"""


async def _read(
    texts: Sequence[IncomingText],
) -> Sequence[tuple[IncomingText, Sender, Intent]]:
    """Each with its sender, who is in `texts` once, and what it asks for."""
    quoted = await quoted_tickets([text.quoted_id for text in texts if text.quoted_id])
    numbers = [number for text in texts for number in text.numbers.valid]
    known = await find_senders([text.contact for text in texts], [*numbers, *quoted.values()])
    texts = [_with_quoted(text, quoted, known.get(text.contact)) for text in texts]
    senders = [
        known.get(text.contact)
        or Sender(None, language_of(text.body, get_settings().locale), opted_out=False)
        for text in texts
    ]
    return [
        (text, sender, read_intent(text, sender))
        for text, sender in zip(texts, senders, strict=True)
    ]


def _with_quoted(
    text: IncomingText, quoted: Mapping[str, str], sender: Sender | None
) -> IncomingText:
    """With the ticket that it quotes, if that is the sender's."""
    number = quoted.get(text.quoted_id or "")
    theirs = number is not None and sender is not None and sender.ticket(number) is not None
    return replace(text, quoted=number) if theirs else text


def _can_batch(text: IncomingText, intent: MessageIntent) -> bool:
    plain_sms = text.channel == "sms" and text.phone is not None and not text.attachments
    return plain_sms and intent.choice.number is None


async def _carry_out(text: IncomingText, sender: Sender, intent: Intent) -> AutoReply:
    match intent:
        case Keyword(kind="stop"):
            return await keywords.opt_out(text, sender)
        case Keyword(kind="start"):
            return await keywords.opt_in(text, sender)
        case Keyword(kind="help"):
            return keywords.reply_to_help(sender)
        case Keyword(kind="status"):
            return await keywords.reply_to_status(text, sender, intent.number)
        case Keyword():
            return await receive_callback_request(text, sender)
        case RatingIntent():
            return await record_rating(text, sender, intent)
        case MessageIntent(choice=TicketChoice(number=None)):
            (reply,) = await open_tickets_from_texts([(text, sender, intent)])
            return reply
        case MessageIntent():
            return await add_to_ticket(text, sender, intent)


def _stored_reply(text: IncomingText, intent: Intent, reply: AutoReply) -> StoredReply:
    answered_by_us = text.opt_out_type is None and text.answerable
    return StoredReply(
        key=text.key,
        contact=text.contact,
        body=text.body,
        channel=text.channel,
        at=text.received_at,
        twiml=sms_response(reply.body) if answered_by_us else EMPTY_RESPONSE,
        empty_twiml=EMPTY_RESPONSE,
        reply=reply.body if answered_by_us else None,
        ticket=reply.ticket,
        compulsory=reply.compulsory,
        repeatable=not isinstance(intent, MessageIntent) or intent.only_thanks,
    )
