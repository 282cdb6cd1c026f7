"""The forms of the ticket page: each action reads its fields and calls one operation."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast, get_args

from babel.numbers import get_currency_precision

from service_desk.errors import InvalidInput, NotFound
from service_desk.idempotency.nonces import content_key, nonce_key
from service_desk.idempotency.receipts import once
from service_desk.opening.corrections import Correction, correct
from service_desk.principal import staff_actor
from service_desk.rules.edits import SHOWN_FIELD
from service_desk.rules.messages.vocabulary import MessageChannel
from service_desk.rules.tickets.states import WAITING_FOR
from service_desk.rules.tickets.vocabulary import MAX_COMPENSATION, MAX_OPTIONS, Cause, TargetClock
from service_desk.settings import get_settings
from service_desk.suppliers.naming import check_supplier_exists
from service_desk.tickets import compensation, conversation, progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.due_times import set_due
from service_desk.web.forms import Form, convert_input, parse_money
from service_desk.workspace import linking_actions
from service_desk.workspace.ticket_saves import as_shown, saving_ticket

# Returns the number of the ticket to show next, if it is another one.
Action = Callable[[str, Form, int, datetime], Awaitable[str | None]]

PROMISE_MINUTES = (30, 60, 120, 240, 1440)  # offered for a promise


async def act(verb: str, number: str, form: Form, *, staff_id: int, now: datetime) -> str:
    """Returns the number of the ticket to show next. Raises NotFound for an unknown verb, and what
    the operation raises."""
    action = ACTIONS.get(verb)
    if action is None:
        raise NotFound("There is nothing at this address.")
    if SHOWN_FIELD not in form:
        return await action(number, form, staff_id, now) or number
    async with saving_ticket(number, form, staff_id=staff_id, now=now) as save:
        return await action(number, save.merged, staff_id, now) or number


async def submit_composer(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """A reply, a note or a call. Submitted twice, as after the browser's Stop, it counts once."""
    send = partial(_send_message, number, form, staff_id, now)
    await once(content_key(form), send, contact=staff_actor(staff_id), now=now)


async def _send_message(number: str, form: Form, staff_id: int, now: datetime) -> None:
    body = form.get("body", "")
    match form.get("mode"):
        case "note":
            await conversation.add_note(number, body, staff_id=staff_id, now=now)
        case "call":
            answered = form.get("answered") == "yes"
            await conversation.log_call(number, body, answered=answered, staff_id=staff_id, now=now)
        case "reply":
            via = _check_choice("via", form.get("via") or None, MessageChannel)
            await conversation.reply(number, body, via=via, staff_id=staff_id, now=now)
        case _:  # a missing mode must not become a public reply
            raise InvalidInput("Choose a reply, a note or a call.", field="mode")


async def assign(number: str, form: Form, staff_id: int, now: datetime) -> None:
    await progress.assign(number, form.get("assignee") or None, staff_id=staff_id, now=now)


async def record_plan(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """Empty options are dropped; the index of the chosen one is among those that remain."""
    typed = [form.get(f"option{number}", "").strip() for number in range(1, MAX_OPTIONS + 1)]
    chosen = form.get("chosen", "")
    chosen_option = typed[int(chosen) - 1] if chosen in map(str, range(1, MAX_OPTIONS + 1)) else ""
    options = [option for option in typed if option]
    if chosen and not chosen_option:
        raise InvalidInput("The chosen option is not one of those offered.", field="chosen")
    await progress.record_plan(
        number,
        diagnosis=form.get("diagnosis", ""),
        plan=form.get("plan", ""),
        options=options,
        chosen=options.index(chosen_option) if chosen_option else None,
        owner=form.get("owner") or None,
        staff_id=staff_id,
        now=now,
    )


async def promise(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """Within some minutes, or by a time in the desk's time zone."""
    async with as_shown(number, form, staff_id, "promise"):
        await progress.promise(number, read_promise_time(form, now), staff_id=staff_id, now=now)


def read_promise_time(form: Form, now: datetime) -> datetime:
    if form.get("at"):
        return _read_local_time("at", form["at"])
    within = form.get("within", "")
    if within not in map(str, PROMISE_MINUTES):
        raise InvalidInput("Choose a time for the update.", field="at")
    return now + timedelta(minutes=int(within))


async def due(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """Set the due time of a running clock, in the desk's time zone, with a reason."""
    clock = _check_choice("clock", form.get("clock", ""), TargetClock)
    at = _read_local_time("at", form.get("at", ""))
    async with as_shown(number, form, staff_id, f"due {clock}"):
        await set_due(number, clock, at, form.get("reason", ""), staff_id=staff_id, now=now)


async def refer(number: str, form: Form, staff_id: int, now: datetime) -> None:
    to = form.get("to") or None
    async with as_shown(number, form, staff_id, "referral"):
        await progress.refer(number, form.get("question", ""), to, staff_id=staff_id, now=now)


async def answer(number: str, form: Form, staff_id: int, now: datetime) -> None:
    async with as_shown(number, form, staff_id, "referral"):
        await conversation.answer_referral(number, form.get("body", ""), staff_id=staff_id, now=now)


async def wait(number: str, form: Form, staff_id: int, now: datetime) -> None:
    for_ = form.get("for", "")
    if for_ not in WAITING_FOR:
        raise InvalidInput("Choose what the ticket is waiting for.", field="for")
    async with as_shown(number, form, staff_id, "state"):
        await progress.wait(number, for_, form.get("note", ""), staff_id=staff_id, now=now)


async def resume(number: str, form: Form, staff_id: int, now: datetime) -> None:
    async with as_shown(number, form, staff_id, "state"):
        await progress.resume(number, staff_id=staff_id, now=now)


async def resolve(number: str, form: Form, staff_id: int, now: datetime) -> None:
    cause = _check_choice("cause", form.get("cause") or None, Cause)
    async with as_shown(number, form, staff_id, "state"):
        await progress.resolve(
            number,
            form.get("resolution", ""),
            cause,
            category=form.get("category", "").strip() or None,
            cause_note=form.get("cause_note"),
            told_by=form.get("told_by"),
            staff_id=staff_id,
            now=now,
        )


async def close(number: str, form: Form, staff_id: int, now: datetime) -> None:
    async with as_shown(number, form, staff_id, "state"):
        await progress.close(number, staff_id=staff_id, now=now)


async def reopen(number: str, form: Form, staff_id: int, now: datetime) -> None:
    async with as_shown(number, form, staff_id, "state"):
        await progress.reopen(number, form.get("reason", ""), staff_id=staff_id, now=now)


async def compensate(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """In the desk's currency. The form counts once however often it is submitted."""
    currency = get_settings().currency
    amount = parse_money(form.get("amount", ""), currency, field="amount")
    if not 0 < amount <= MAX_COMPENSATION:
        limit = f"{MAX_COMPENSATION // 10 ** get_currency_precision(currency):,}"
        raise InvalidInput(
            "The amount must be more than 0 and at most {max}.", field="amount", max=limit
        )

    async def propose() -> None:
        reason, by = form.get("reason", ""), staff_id
        async with as_shown(number, form, by, "compensation"):
            await compensation.compensate(number, amount, currency, reason, staff_id=by, now=now)

    await once(nonce_key(form), propose, contact=staff_actor(staff_id), now=now)


async def decide(number: str, form: Form, staff_id: int, now: datetime) -> None:
    id_ = form.get("compensation", "")
    if not re.fullmatch("[0-9]{1,18}", id_):
        raise NotFound("This ticket has no such compensation.")
    approve = form.get("approve") == "yes"
    async with as_shown(number, form, staff_id, f"compensation {id_}"):
        await compensation.decide_compensation(
            number, int(id_), approve=approve, staff_id=staff_id, now=now
        )


async def reclassify(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """Empty fields change nothing, except that an empty supplier removes it."""
    given: dict[str, Any] = {
        name: value
        for name in ("kind", "severity", "category", "cause")
        if (value := form.get(name, "").strip())
    }
    if "supplier" in form:
        given["supplier"] = form["supplier"].strip()[:200] or None
    changes = convert_input(given, Classification)
    if changes.supplier:
        await check_supplier_exists(changes.supplier, staff_id=staff_id)
    await classify(number, changes, staff_id=staff_id, now=now)


async def put_right(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """What was typed in wrong. The customer is named by a phone number or an e-mail address; empty,
    it stays whose it was, and a subject stays what it was."""
    given: dict[str, Any] = {
        name: form[name]
        for name in ("subject", "product", "serial_number")
        if name in form and (form[name] or name != "subject")
    }
    if contact := form.get("customer", "").strip():
        way = "email" if "@" in contact else "phone"
        given["customer"] = {way: contact, "name": form.get("customer_name", "").strip()}
    await correct(number, convert_input(given, Correction), staff_id=staff_id, now=now)


def _read_local_time(field: str, typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=get_settings().zone)
    except ValueError as error:
        raise InvalidInput("Enter a date and a time.", field=field) from error


def _check_choice(field: str, value: str | None, kind: Any) -> Any:
    """A value that the page offers; anything else was not sent by the page."""
    allowed = cast(tuple[str, ...], get_args(kind))
    if value is not None and value not in allowed:
        raise InvalidInput(
            "“{value}” is not allowed here. Allowed: {choices}.",
            field=field,
            value=value,
            choices=", ".join(allowed),
        )
    return value


ACTIONS: Mapping[str, Action] = {
    "compose": submit_composer,
    "assign": assign,
    "handling-plan": record_plan,
    "promise": promise,
    "due": due,
    "refer": refer,
    "answer": answer,
    "wait": wait,
    "resume": resume,
    "resolve": resolve,
    "close": close,
    "reopen": reopen,
    "classify": reclassify,
    "correct": put_right,
    "merge": linking_actions.merge,
    "link": linking_actions.link,
    "split-out": linking_actions.split,
    "move-message": linking_actions.move,
    "compensate": compensate,
    "decide-compensation": decide,
}
