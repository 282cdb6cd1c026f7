"""What the forms of the ticket page do: each reads its fields and calls one operation."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast, get_args

from babel.numbers import get_currency_precision

from service_desk.database import transaction
from service_desk.errors import InvalidInput, NotFound
from service_desk.idempotency.nonces import content_key, nonce_key
from service_desk.idempotency.receipts import claim
from service_desk.settings import get_settings
from service_desk.suppliers.facts import LADDER_POLICY
from service_desk.suppliers.naming import check_supplier_exists
from service_desk.tickets import compensation, conversation, progress
from service_desk.tickets.answering import Via
from service_desk.tickets.change import staff_actor
from service_desk.tickets.classification import Cause, Classification, classify
from service_desk.tickets.due_times import AdjustableClock, set_due
from service_desk.web.forms import Form, convert_input, parse_money
from service_desk.workspace import joining_actions

# Answers with the ticket to go on with, if it is another.
Action = Callable[[str, Form, int, datetime], Awaitable[str | None]]

MAX_OPTIONS = 4
PROMISE_MINUTES = (30, 60, 120, 240, 1440)  # minutes that a promise offers


async def act(verb: str, number: str, form: Form, *, staff_id: int, now: datetime) -> str:
    """The number of the ticket to go on with. Raises NotFound for a verb there is not, and what
    the operation raises."""
    action = ACTIONS.get(verb)
    if action is None:
        raise NotFound("There is nothing at this address.")
    return await action(number, form, staff_id, now) or number


async def submit_composer(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """The composer: an answer, a note or a call. The same sent again, as after the browser's Stop,
    is said once."""
    async with transaction():
        if await claim(content_key(form), sender=staff_actor(staff_id), now=now):
            await _send_message(number, form, staff_id, now)


async def _send_message(number: str, form: Form, staff_id: int, now: datetime) -> None:
    body = form.get("body", "")
    match form.get("mode"):
        case "note":
            await conversation.add_note(number, body, staff_id=staff_id, now=now)
        case "call":
            answered = form.get("answered") == "yes"
            await conversation.log_call(number, body, answered=answered, staff_id=staff_id, now=now)
        case "reply":
            via = form.get("via") or None
            await conversation.reply(
                number, body, via=_check_choice("via", via, Via), staff_id=staff_id, now=now
            )
        case _:  # never the public one by mistake
            raise InvalidInput("Say whether it is an answer, a note or a call.", field="mode")


async def assign(number: str, form: Form, staff_id: int, now: datetime) -> None:
    await progress.assign(number, form.get("assignee") or None, staff_id=staff_id, now=now)


async def record_plan(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """Options left empty are none; the chosen one is counted among those that remain."""
    written = [form.get(f"option{place}", "").strip() for place in range(1, MAX_OPTIONS + 1)]
    chosen = form.get("chosen", "")
    taken = written[int(chosen) - 1] if chosen in ("1", "2", "3", "4") else ""
    options = [option for option in written if option]
    if chosen and not taken:
        raise InvalidInput("The chosen option is not one of those offered.", field="chosen")
    await progress.record_plan(
        number,
        diagnosis=form.get("diagnosis", ""),
        plan=form.get("plan", ""),
        options=options,
        chosen=options.index(taken) if taken else None,
        owner=form.get("owner") or None,
        staff_id=staff_id,
        now=now,
    )


async def promise(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """Within some minutes, or at a time of day in the desk's time zone."""
    await progress.promise(number, read_promise_time(form, now), staff_id=staff_id, now=now)


def read_promise_time(form: Form, now: datetime) -> datetime:
    if form.get("at"):
        return _read_local_time("at", form["at"])
    within = form.get("within", "")
    if within not in map(str, PROMISE_MINUTES):
        raise InvalidInput("Say by when.", field="at")
    return now + timedelta(minutes=int(within))


async def due(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """Another due time for a running clock, in the desk's time zone, with a reason."""
    named = _check_choice("clock", form.get("clock", ""), AdjustableClock)
    due_at = _read_local_time("due_at", form.get("due_at", ""))
    await set_due(number, named, due_at, form.get("reason", ""), staff_id=staff_id, now=now)


async def refer(number: str, form: Form, staff_id: int, now: datetime) -> None:
    to = form.get("to") or None
    await progress.refer(number, form.get("question", ""), to, staff_id=staff_id, now=now)


async def wait(number: str, form: Form, staff_id: int, now: datetime) -> None:
    for_ = form.get("for", "")
    if for_ not in ("customer", "supplier", "parts"):
        raise InvalidInput("Say whom or what the ticket waits for.", field="for")
    await progress.wait(number, for_, form.get("note", ""), staff_id=staff_id, now=now)


async def resume(number: str, form: Form, staff_id: int, now: datetime) -> None:
    await progress.resume(number, staff_id=staff_id, now=now)


async def resolve(number: str, form: Form, staff_id: int, now: datetime) -> None:
    cause = _check_choice("cause", form.get("cause") or None, Cause)
    await progress.resolve(number, form.get("resolution", ""), cause, staff_id=staff_id, now=now)


async def close(number: str, form: Form, staff_id: int, now: datetime) -> None:
    await progress.close(number, staff_id=staff_id, now=now)


async def reopen(number: str, form: Form, staff_id: int, now: datetime) -> None:
    await progress.reopen(number, form.get("reason", ""), staff_id=staff_id, now=now)


async def compensate(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """An amount in the desk's currency. The form counts once: it is about money."""
    currency = LADDER_POLICY.currency
    amount = parse_money(form.get("amount", ""), currency, field="amount")
    if not 0 < amount <= compensation.MAX_AMOUNT:
        most = f"{compensation.MAX_AMOUNT // 10 ** get_currency_precision(currency):,}"
        raise InvalidInput(
            "An amount is more than 0, and {most} at most.", field="amount", most=most
        )
    async with transaction():
        if await claim(nonce_key(form), sender=staff_actor(staff_id), now=now):
            reason = form.get("reason", "")
            await compensation.compensate(
                number, amount, currency, reason, staff_id=staff_id, now=now
            )


async def decide(number: str, form: Form, staff_id: int, now: datetime) -> None:
    which = form.get("compensation", "")
    if not re.fullmatch("[0-9]{1,18}", which):
        raise NotFound("This ticket has no such compensation.")
    approve = form.get("approve") == "yes"
    await compensation.decide_compensation(
        number, int(which), approve=approve, staff_id=staff_id, now=now
    )


async def reclassify(number: str, form: Form, staff_id: int, now: datetime) -> None:
    """An empty category leaves it as it is; an empty supplier takes it off."""
    given: dict[str, Any] = {
        name: value
        for name in ("kind", "severity", "category", "cause")
        if (value := form.get(name, "").strip())
    }
    if "supplier" in form:
        given["supplier"] = form["supplier"].strip()[:200] or None
    wanted = convert_input(given, Classification)
    if wanted.supplier:
        await check_supplier_exists(wanted.supplier, staff_id=staff_id)
    await classify(number, wanted, staff_id=staff_id, now=now)


def _read_local_time(field: str, typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=get_settings().zone)
    except ValueError as error:
        raise InvalidInput("Give the time as date and time of day.", field=field) from error


def _check_choice(field: str, value: str | None, kind: Any) -> Any:
    """Of a choice that the page offers; another value was made up."""
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
    "say": submit_composer,
    "assign": assign,
    "handling-plan": record_plan,
    "promise": promise,
    "due": due,
    "refer": refer,
    "wait": wait,
    "resume": resume,
    "resolve": resolve,
    "close": close,
    "reopen": reopen,
    "classify": reclassify,
    "merge": joining_actions.merge,
    "link": joining_actions.link,
    "split-out": joining_actions.split,
    "move-message": joining_actions.move,
    "compensate": compensate,
    "decide-compensation": decide,
}
