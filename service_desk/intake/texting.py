"""What becomes of a customer's text: a command, a rating, or words for a ticket."""

from datetime import timedelta

from service_desk.customers.finding import NewCustomer
from service_desk.customers.whatsapp import wrote_by_whatsapp
from service_desk.database import transaction
from service_desk.intake import keywords
from service_desk.intake.incoming import Answer, IncomingText, Talk, tracking_link
from service_desk.intake.twiml import SILENCE, sms_answer
from service_desk.messaging.receipts import answer_given, claim, keep_answer, keep_text_answer
from service_desk.messaging.texts import text
from service_desk.rules.customer_words import (
    Keyword,
    find_rating,
    is_only_thanks,
    parse_keyword,
)
from service_desk.rules.ticket_joining import Joining, choose_ticket, is_open
from service_desk.rules.ticket_numbers import FoundNumbers, find_numbers
from service_desk.tickets.callbacks import ask_for_callback
from service_desk.tickets.change import CUSTOMER
from service_desk.tickets.conversation import receive_message
from service_desk.tickets.new_ticket import NewTicket, OpenedTicket
from service_desk.tickets.opening import open_ticket
from service_desk.tickets.rating import LOW, rate
from service_desk.tickets.safety_words import safety_words_in
from service_desk.tickets.senders import SendersTicket, find_sender

RATED_WITHIN = timedelta(days=14)


async def take_text(incoming: IncomingText, *, answered_elsewhere: str | None = None) -> str:
    """Take in one text exactly once; the TwiML to answer with, the same for every repetition.

    `answered_elsewhere`: Twilio's own opt-out handling (STOP, START, HELP) has answered already.
    """
    key = f"{incoming.channel}:{incoming.sid}"
    sender = incoming.phone or incoming.sender  # by whichever channel: one at a time
    async with transaction():
        now = incoming.at
        if not await claim(key, sender=sender, body=incoming.body, now=now):
            return await answer_given(key)
        numbers = find_numbers(incoming.body)
        known = incoming.phone and await find_sender(incoming.phone, numbers.valid)
        talk = Talk(incoming, known or None)
        answer = await _answer(talk, numbers, answered_elsewhere)
        if answered_elsewhere:
            twiml = SILENCE
            await keep_answer(key, twiml)
        else:
            twiml = await keep_text_answer(
                key,
                sms_answer(answer.said),
                silence=SILENCE,
                compulsory=answer.compulsory,
                channel=incoming.channel,
                to=sender,
                said=answer.said,
                ticket=answer.ticket,
                now=now,
            )
        if incoming.channel == "whatsapp" and incoming.phone is not None:
            await wrote_by_whatsapp(incoming.phone, at=now)
        return twiml


async def _answer(talk: Talk, numbers: FoundNumbers, answered_elsewhere: str | None) -> Answer:
    opted_out = talk.sender is not None and talk.sender.opted_out
    keyword = parse_keyword(answered_elsewhere or talk.text.body, opted_out=opted_out)
    if talk.text.attachments and (keyword is None or keyword.kind not in ("stop", "start")):
        return await _take_words(talk, numbers)  # a picture is for the ticket, whatever it says
    score = find_rating(talk.text.body)
    if score is not None and (rated := _asked_to_rate(talk)):
        return await _take_rating(talk, rated, score)
    nothing_asked = score is not None or is_only_thanks(talk.text.body)
    if nothing_asked and (talk.sender is None or not talk.sender.tickets):
        return keywords.answer_help(talk)  # there is nothing to rate, nothing to thank for
    match keyword:
        case Keyword(kind="stop"):
            return await keywords.answer_stop(talk)
        case Keyword(kind="start"):
            return await keywords.answer_start(talk)
        case Keyword(kind="help"):
            return keywords.answer_help(talk)
        case Keyword(kind="status"):
            return await keywords.answer_status(talk, keyword.number)
        case Keyword(kind="call") if talk.text.phone is not None:
            return await _take_callback(talk)
        case _:
            return await _take_words(talk, numbers)


async def _take_words(talk: Talk, numbers: FoundNumbers) -> Answer:
    thanks = is_only_thanks(talk.text.body) and not talk.text.attachments
    joining = _choose(talk, numbers, asks_nothing=thanks)
    if joining.number is None:
        opened = await _open(talk, joining, text("subject_empty_text", talk.locale))
        return _opened_answer(talk, opened, joining)
    ticket = _own(talk, joining.number)
    state = await receive_message(
        ticket.own.number,
        talk.text.body,
        channel=talk.text.channel,
        external_id=talk.text.sid,
        attachments=talk.text.attachments,
        reopens=not thanks,
        now=talk.text.at,
    )
    name = await _joined(talk, ticket, joining, state, thanks=thanks)
    wrong = joining.mistyped or joining.not_yours
    link = tracking_link(ticket.token)
    return talk.answer(name, ticket=ticket.id, number=ticket.own.number, wrong=wrong, link=link)


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


async def _joined(
    talk: Talk, ticket: SendersTicket, joining: Joining, state: str, *, thanks: bool
) -> str:
    if ticket.severity != "safety" and await safety_words_in(talk.text.body):
        return "joined_safety"
    if joining.mistyped or joining.not_yours:
        return "number_mistyped" if joining.mistyped else "number_not_yours"
    if thanks:
        return "thanks"
    return "reopened" if state == "open" and not is_open(ticket.own) else "joined"


async def _take_callback(talk: Talk) -> Answer:
    joining = _choose(talk, FoundNumbers())
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
        opened = await _open(talk, joining, text("subject_callback", talk.locale), "enquiry")
        number, id_, token = opened.number, opened.id, opened.token
        await ask_for_callback(number, talk.text.phone, now=talk.text.at)
    return talk.answer("callback", ticket=id_, number=number, link=tracking_link(token))


async def _take_rating(talk: Talk, ticket: SendersTicket, score: int) -> Answer:
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


def _asked_to_rate(talk: Talk) -> SendersTicket | None:
    """The ticket whose rating was asked for last, unless that was long ago or it is open again.

    While a ticket is open a bare digit may well choose one of the options offered in its plan.
    """
    asked = [
        (ticket.rating_asked_at, ticket)
        for ticket in (talk.sender.tickets if talk.sender is not None else ())
        if ticket.rating_asked_at is not None
    ]
    if not asked:
        return None
    at, ticket = max(asked, key=lambda pair: pair[0])
    recent = talk.text.at - at <= RATED_WITHIN
    return ticket if recent and not is_open(ticket.own) else None


async def _open(
    talk: Talk, joining: Joining, subject_if_empty: str, kind: str = "complaint"
) -> OpenedTicket:
    words = talk.text.body if kind == "complaint" else ""
    new = NewTicket(
        kind="enquiry" if kind == "enquiry" else "complaint",
        subject="" if words.strip() else subject_if_empty,
        description=talk.text.body,
        channel=talk.text.channel,
        customer=NewCustomer(name=talk.text.name, phone=talk.text.phone, locale=talk.locale),
        message_id=talk.text.sid,
        attachments=talk.text.attachments,
        linked_to=joining.follows,
    )
    return await open_ticket(new, actor=CUSTOMER, received_at=talk.text.at, now=talk.text.at)


def _choose(talk: Talk, numbers: FoundNumbers, *, asks_nothing: bool = False) -> Joining:
    own = [ticket.own for ticket in (talk.sender.tickets if talk.sender is not None else ())]
    return choose_ticket(own, numbers, talk.text.at, asks_nothing=asks_nothing)


def _own(talk: Talk, number: str) -> SendersTicket:
    ticket = talk.sender and talk.sender.ticket(number)
    if ticket is None:
        raise LookupError(number)  # choose_ticket only names what it was given
    return ticket
