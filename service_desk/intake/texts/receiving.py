"""Customers' texts are taken in: each exactly once, first words of many people together."""

from collections.abc import Sequence

from service_desk.contacts.whatsapp import record_whatsapp_contact
from service_desk.database import transaction
from service_desk.idempotency.text_answers import (
    StoredReply,
    lock_contacts,
    store_replies,
    stored_replies,
)
from service_desk.intake.texts import keywords
from service_desk.intake.texts.batching import Batcher
from service_desk.intake.texts.incoming import AutoReply, IncomingText, TextContext
from service_desk.intake.texts.intents import Intent, MessageIntent, RatingIntent, read_intent
from service_desk.intake.texts.ticket_messages import (
    add_to_ticket,
    open_tickets_from_texts,
    receive_callback_request,
)
from service_desk.intake.twilio.twiml import EMPTY_RESPONSE, sms_response
from service_desk.rules.tickets.joining import TicketChoice
from service_desk.rules.words.customer_words import Keyword
from service_desk.self_service.rating import LOW_SCORE, rate
from service_desk.self_service.senders import find_senders


async def receive_text(incoming: IncomingText) -> str:
    """Take in one text exactly once; the TwiML to answer with, the same for every repetition.

    Texts that come in while others are being taken in go together, in one transaction: one at a
    time, most of the work would be trips to the database.
    """
    return await _BATCHER.do(incoming)


async def receive_texts(texts: Sequence[IncomingText]) -> list[str | None]:
    """The TwiML for each of these texts, of as many senders, in one transaction.

    None for what has to be taken in alone, if it is not: all but first words and repetitions. It is
    about tickets that others may be at work on, and nobody should hold some and wait for more.
    """
    async with transaction():
        await lock_contacts([text.contact for text in texts])
        given = await stored_replies([text.key for text in texts])
        talks = await _in_context([text for text in texts if text.key not in given])
        meant = [(talk, read_intent(talk)) for talk in talks]
        if len(texts) > 1:
            meant = [(talk, asks) for talk, asks in meant if _can_batch(talk, asks)]
        answers = await _carry_out(meant)
        given |= await store_replies(
            [
                _recorded_reply(talk, asks, answer)
                for (talk, asks), answer in zip(meant, answers, strict=True)
            ]
        )
        for talk, _ in meant:
            if talk.text.channel == "whatsapp" and talk.text.phone is not None:
                await record_whatsapp_contact(talk.text.phone, at=talk.text.at)
        return [given.get(text.key) for text in texts]


_BATCHER = Batcher(receive_texts, apart=lambda text: text.contact)


async def _in_context(texts: Sequence[IncomingText]) -> list[TextContext]:
    named = [number for text in texts for number in text.numbers.valid]
    senders = await find_senders([text.contact for text in texts], named)
    return [TextContext(text, senders.get(text.contact)) for text in texts]


def _can_batch(talk: TextContext, asks: Intent) -> bool:
    text = talk.text
    plain_sms = text.channel == "sms" and text.phone is not None and not text.attachments
    return plain_sms and _opens_ticket(asks)


def _opens_ticket(asks: Intent) -> bool:
    return isinstance(asks, MessageIntent) and asks.joining.number is None


async def _carry_out(meant: Sequence[tuple[TextContext, Intent]]) -> list[AutoReply]:
    """To any number of first words, or to one text whatever it asks for."""
    if len(meant) == 1:
        return [await _carry_out_one(*meant[0])]
    return await open_tickets_from_texts(
        [(talk, asks.joining) for talk, asks in meant if isinstance(asks, MessageIntent)]
    )


async def _carry_out_one(talk: TextContext, asks: Intent) -> AutoReply:
    match asks:
        case Keyword(kind="stop"):
            return await keywords.opt_out(talk)
        case Keyword(kind="start"):
            return await keywords.opt_in(talk)
        case Keyword(kind="help"):
            return keywords.reply_to_help(talk)
        case Keyword(kind="status"):
            return await keywords.reply_to_status(talk, asks.number)
        case Keyword():
            return await receive_callback_request(talk)
        case RatingIntent():
            return await _record_rating(talk, asks)
        case MessageIntent(joining=TicketChoice(number=None)):
            (answer,) = await open_tickets_from_texts([(talk, asks.joining)])
            return answer
        case MessageIntent():
            return await add_to_ticket(talk, asks)


def _recorded_reply(talk: TextContext, asks: Intent, answer: AutoReply) -> StoredReply:
    incoming = talk.text
    told = incoming.answered_elsewhere is None and incoming.phone is not None
    return StoredReply(
        key=incoming.key,
        sender=incoming.contact,
        body=incoming.body,
        channel=incoming.channel,
        at=incoming.at,
        answer=sms_response(answer.said) if told else EMPTY_RESPONSE,
        silence=EMPTY_RESPONSE,
        said=answer.said if told else None,
        ticket=answer.ticket,
        compulsory=answer.compulsory,
        often=not isinstance(asks, MessageIntent) or asks.thanks,
    )


async def _record_rating(talk: TextContext, rating: RatingIntent) -> AutoReply:
    ticket, score = rating.ticket, rating.score
    number = ticket.own.number
    await rate(
        number,
        score,
        said=talk.text.body,
        channel=talk.text.channel,
        external_id=talk.text.sid,
        now=talk.text.at,
    )
    name = "rating_sorry" if score <= LOW_SCORE else "rating_thanks"
    return talk.answer(name, ticket=ticket.id, number=number, score=score)
