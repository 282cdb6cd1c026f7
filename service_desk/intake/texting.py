"""Customers' texts are taken in: each exactly once, first words of many people together."""

from collections.abc import Sequence

from service_desk.customers.finding import NewCustomer
from service_desk.customers.handles import know_by_handle
from service_desk.customers.whatsapp import wrote_by_whatsapp
from service_desk.database import transaction
from service_desk.intake import keywords
from service_desk.intake.incoming import Answer, IncomingText, Talk, tracking_link
from service_desk.intake.together import Together
from service_desk.intake.twiml import SILENCE, sms_answer
from service_desk.intake.understanding import Asked, Rating, Words, choose, corrects, understand
from service_desk.messaging.text_answers import (
    TextAnswer,
    answers_given,
    keep_answers,
    take_turns,
)
from service_desk.messaging.texts import text
from service_desk.rules.customer_words import Keyword, is_only_number
from service_desk.rules.ticket_joining import Joining, is_open
from service_desk.rules.ticket_numbers import FoundNumbers
from service_desk.tickets.callbacks import ask_for_callback
from service_desk.tickets.change import CUSTOMER, lock_tickets
from service_desk.tickets.conversation import receive_message
from service_desk.tickets.joining import merge_by
from service_desk.tickets.moving import move_by
from service_desk.tickets.new_ticket import Kind, NewTicket, OpenedTicket
from service_desk.tickets.opening import Opening, open_tickets
from service_desk.tickets.rating import LOW, rate
from service_desk.tickets.safety_words import safety_words_in
from service_desk.tickets.senders import SendersTicket, find_senders, last_words


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
        said = await _answers(meant)
        given |= await keep_answers(
            [
                _kept(talk, asks, answer)
                for (talk, asks), (_, answer) in zip(meant, said, strict=True)
            ]
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


async def _answers(meant: Sequence[tuple[Talk, Asked]]) -> list[tuple[Talk, Answer]]:
    """To any number of first words, or to one text whatever it asks for."""
    if len(meant) == 1:
        ((talk, asks),) = meant
        return [(talk, await _answer(talk, asks))]
    first = [(talk, asks.joining) for talk, asks in meant if isinstance(asks, Words)]
    return await _open(first)


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
            return await _take_callback(talk)
        case Rating():
            return await _take_rating(talk, asks)
        case Words(joining=Joining(number=None)):
            ((_, answer),) = await _open([(talk, asks.joining)])
            return answer
        case Words():
            return await _correct(talk, asks) or await _join(talk, asks)


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


async def _open(first: Sequence[tuple[Talk, Joining]]) -> list[tuple[Talk, Answer]]:
    if not first:
        return []
    opened = await open_tickets(
        [
            _opening(talk, joining, text("subject_empty_text", talk.locale))
            for talk, joining in first
        ],
        now=max(talk.text.at for talk, _ in first),
    )
    for (talk, _), ticket in zip(first, opened, strict=True):
        if talk.sender is None and talk.text.handle is not None:
            await know_by_handle(ticket.customer, talk.text.handle)
    return [
        (talk, _opened_answer(talk, ticket, joining))
        for (talk, joining), ticket in zip(first, opened, strict=True)
    ]


async def _correct(talk: Talk, words: Words) -> Answer | None:
    """The right number, after we asked for it: what was said before goes to that ticket too."""
    if talk.sender is None or not is_only_number(talk.text.body):
        return None
    last = await last_words(talk.sender.customer)
    if last is None or not corrects(talk, words, last):
        return None
    ticket = _own(talk, words.joining.number)
    number, now = ticket.own.number, talk.text.at
    await lock_tickets(last.number, number)
    await _receive(talk, words)
    if last.opened:
        await merge_by(CUSTOMER, last.number, number, now=now)
    else:
        await move_by(CUSTOMER, last.number, last.message, number, now=now)
    link = tracking_link(ticket.token)
    return talk.answer("number_corrected", ticket=ticket.id, number=number, link=link)


async def _join(talk: Talk, words: Words) -> Answer:
    joining = words.joining
    ticket = _own(talk, joining.number)
    state = await _receive(talk, words)
    name = await _joined(talk, ticket, words, state)
    wrong = joining.mistyped or joining.not_yours
    link = tracking_link(ticket.token)
    return talk.answer(name, ticket=ticket.id, number=ticket.own.number, wrong=wrong, link=link)


async def _receive(talk: Talk, words: Words) -> str:
    return await receive_message(
        _own(talk, words.joining.number).own.number,
        talk.text.body,
        channel=talk.text.channel,
        external_id=talk.text.sid,
        attachments=talk.text.attachments,
        reopens=not words.thanks,
        now=talk.text.at,
    )


def _opened_answer(talk: Talk, opened: OpenedTicket, joining: Joining) -> Answer:
    if opened.severity == "safety":
        name = "acknowledgement_safety"
    elif joining.mistyped or joining.not_yours:
        name = "number_mistyped" if joining.mistyped else "number_not_yours"
    elif joining.follows:
        name = "acknowledgement_linked"
    elif not talk.text.body.strip() and not talk.text.attachments:
        name = "acknowledgement_empty"
    else:
        name = "acknowledgement"
    return talk.answer(
        name,
        ticket=opened.id,
        number=opened.number,
        earlier=joining.follows,
        wrong=joining.mistyped or joining.not_yours,
        link=tracking_link(opened.token),
    )


async def _joined(talk: Talk, ticket: SendersTicket, words: Words, state: str) -> str:
    joining = words.joining
    if ticket.severity != "safety" and await safety_words_in(talk.text.body):
        return "joined_safety"
    if joining.mistyped or joining.not_yours:
        return "number_mistyped" if joining.mistyped else "number_not_yours"
    if words.thanks:
        return "thanks"
    return "reopened" if state == "open" and not is_open(ticket.own) else "joined"


async def _take_callback(talk: Talk) -> Answer:
    joining = choose(talk, FoundNumbers())
    if joining.number is not None:
        ticket = _own(talk, joining.number)
        number, id_, token = ticket.own.number, ticket.id, ticket.token
        await ask_for_callback(
            number,
            talk.text.phone,
            said=talk.text.body,
            channel=talk.text.channel,
            external_id=talk.text.sid,
            now=talk.text.at,
        )
    else:
        subject = text("subject_callback", talk.locale)
        (opened,) = await open_tickets(
            [_opening(talk, joining, subject, "enquiry")], now=talk.text.at
        )
        number, id_, token = opened.number, opened.id, opened.token
        await ask_for_callback(number, talk.text.phone, now=talk.text.at)
    return talk.answer("callback", ticket=id_, number=number, link=tracking_link(token))


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


def _opening(
    talk: Talk, joining: Joining, subject_if_empty: str, kind: Kind = "complaint"
) -> Opening:
    words = talk.text.body if kind == "complaint" else ""
    name = talk.text.name or talk.text.handle or ""
    new = NewTicket(
        kind=kind,
        subject="" if words.strip() else subject_if_empty,
        description=talk.text.body,
        channel=talk.text.channel,
        customer=NewCustomer(name=name, phone=talk.text.phone, locale=talk.locale),
        message_id=talk.text.sid,
        attachments=talk.text.attachments,
        linked_to=joining.follows,
        by=talk.sender.customer if talk.sender is not None and talk.text.handle else None,
    )
    return Opening(new, CUSTOMER, talk.text.at)


def _own(talk: Talk, number: str | None) -> SendersTicket:
    ticket = talk.sender and number and talk.sender.ticket(number)
    if not ticket:
        raise LookupError(number)  # choose_ticket only names what it was given
    return ticket
