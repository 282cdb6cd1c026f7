"""Customers' texts are taken in: each exactly once, first words of many people together."""

from collections.abc import Sequence

from service_desk.contacts.whatsapp import wrote_by_whatsapp
from service_desk.database import transaction
from service_desk.idempotency.text_answers import (
    TextAnswer,
    answers_given,
    keep_answers,
    take_turns,
)
from service_desk.intake.texts import keywords
from service_desk.intake.texts.batching import Together
from service_desk.intake.texts.incoming import Answer, IncomingText, Talk
from service_desk.intake.texts.intents import Asked, Rating, Words, understand
from service_desk.intake.texts.ticket_messages import (
    take_callback,
    take_first_words,
    take_more_words,
)
from service_desk.intake.twilio.twiml import SILENCE, sms_answer
from service_desk.rules.tickets.joining import Joining
from service_desk.rules.words.customer_words import Keyword
from service_desk.self_service.rating import LOW, rate
from service_desk.self_service.senders import find_senders


async def take_text(incoming: IncomingText) -> str:
    """Take in one text exactly once; the TwiML to answer with, the same for every repetition.

    Texts that come in while others are being taken in go together, in one transaction: one at a
    time, most of the work would be trips to the database.
    """
    return await _TOGETHER.do(incoming)


async def take_texts(texts: Sequence[IncomingText]) -> list[str | None]:
    """The TwiML for each of these texts, of as many senders, in one transaction.

    None for what has to be taken in alone, if it is not: all but first words and repetitions. It is
    about tickets that others may be at work on, and nobody should hold some and wait for more.
    """
    async with transaction():
        await take_turns([text.contact for text in texts])
        given = await answers_given([text.key for text in texts])
        talks = await _talks([text for text in texts if text.key not in given])
        meant = [(talk, understand(talk)) for talk in talks]
        if len(texts) > 1:
            meant = [(talk, asks) for talk, asks in meant if _goes_together(talk, asks)]
        answers = await _answers(meant)
        given |= await keep_answers(
            [_kept(talk, asks, answer) for (talk, asks), answer in zip(meant, answers, strict=True)]
        )
        for talk, _ in meant:
            if talk.text.channel == "whatsapp" and talk.text.phone is not None:
                await wrote_by_whatsapp(talk.text.phone, at=talk.text.at)
        return [given.get(text.key) for text in texts]


_TOGETHER = Together(take_texts, apart=lambda text: text.contact)


async def _talks(texts: Sequence[IncomingText]) -> list[Talk]:
    named = [number for text in texts for number in text.numbers.valid]
    senders = await find_senders([text.contact for text in texts], named)
    return [Talk(text, senders.get(text.contact)) for text in texts]


def _goes_together(talk: Talk, asks: Asked) -> bool:
    text = talk.text
    plain_sms = text.channel == "sms" and text.phone is not None and not text.attachments
    return plain_sms and _is_first_word(asks)


def _is_first_word(asks: Asked) -> bool:
    return isinstance(asks, Words) and asks.joining.number is None


async def _answers(meant: Sequence[tuple[Talk, Asked]]) -> list[Answer]:
    """To any number of first words, or to one text whatever it asks for."""
    if len(meant) == 1:
        return [await _answer(*meant[0])]
    return await take_first_words(
        [(talk, asks.joining) for talk, asks in meant if isinstance(asks, Words)]
    )


async def _answer(talk: Talk, asks: Asked) -> Answer:
    match asks:
        case Keyword(kind="stop"):
            return await keywords.answer_stop(talk)
        case Keyword(kind="start"):
            return await keywords.answer_start(talk)
        case Keyword(kind="help"):
            return keywords.answer_help(talk)
        case Keyword(kind="status"):
            return await keywords.answer_status(talk, asks.number)
        case Keyword():
            return await take_callback(talk)
        case Rating():
            return await _take_rating(talk, asks)
        case Words(joining=Joining(number=None)):
            (answer,) = await take_first_words([(talk, asks.joining)])
            return answer
        case Words():
            return await take_more_words(talk, asks)


def _kept(talk: Talk, asks: Asked, answer: Answer) -> TextAnswer:
    incoming = talk.text
    told = incoming.answered_elsewhere is None and incoming.phone is not None
    return TextAnswer(
        key=incoming.key,
        sender=incoming.contact,
        body=incoming.body,
        channel=incoming.channel,
        at=incoming.at,
        answer=sms_answer(answer.said) if told else SILENCE,
        silence=SILENCE,
        said=answer.said if told else None,
        ticket=answer.ticket,
        compulsory=answer.compulsory,
        often=not isinstance(asks, Words) or asks.thanks,
    )


async def _take_rating(talk: Talk, rating: Rating) -> Answer:
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
    name = "rating_sorry" if score <= LOW else "rating_thanks"
    return talk.answer(name, ticket=ticket.id, number=number, score=score)
