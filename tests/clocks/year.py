"""A year of a small desk: the actions of its people, drawn from a seed."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from service_desk.database import fetch
from service_desk.errors import Conflict, InvalidInput
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.sla_settings.editing import save_calendar, save_policy
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.due_times import set_due
from tests.factories import empty_desk, make_staff, make_ticket, resolve
from tests.sla_settings.rolling_out import roll_out_all

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
STANDARD = SHIPPED_POLICIES[-1]
SHIFTS = [("00:00", "04:00"), ("09:00", "12:30"), ("13:00", "18:00")]
DAY = [("09:00", "18:00")]
# New York sets its clocks forward on 8 March and back on 1 November, during a shift.
OFFICE = Calendar(
    tz="America/New_York",
    week=dict.fromkeys(WEEKDAYS, SHIFTS) | {"sun": [("00:30", "03:15")]},
    public_holidays="US-NY",
)
HOME = Calendar(week=dict.fromkeys(WEEKDAYS, DAY), public_holidays="CN")
TERMS = [
    Policy(name="standard", targets=STANDARD.targets, calendar="office", pause_on_parts=True),
    Policy(name="standard", targets=dict(STANDARD.targets) | {"handling": 90 * 60}),
    Policy(
        name="standard", targets=STANDARD.targets, calendar="home", levels=(30, 60, 100, 200),
        recipients=dict.fromkeys((30, 60, 100, 200), ("assignee",)),
    ),
    Policy(
        name="high", match=Match(severities=("high",)), calendar="office",
        targets={"response": 900, "resolution": 16 * 3600, "next_response": 1800},
    ),
]  # fmt: skip

Action = Callable[[datetime], Awaitable[Any]]


async def install() -> None:
    await empty_desk()
    await prepare()


async def prepare() -> None:
    """Of a desk that is as newly installed: its staff, calendars and first policy."""
    agent, boss = await make_staff("agent"), await make_staff("supervisor")
    assert (agent, boss) == (AGENT, BOSS)
    for name, calendar in (("office", OFFICE), ("home", HOME)):
        await save_calendar(name, calendar, apply_to_open=False, staff_id=boss, now=START)
    await save_policy(TERMS[0], apply_to_open=False, staff_id=boss, now=START)


AGENT, BOSS = 1, 2


def actions(tickets: int, days: int, seed: int) -> list[tuple[datetime, Action]]:
    """Actions with their times, in order: each ticket's life, and some changes of terms."""
    chance = random.Random(seed)
    drawn: list[tuple[datetime, Action]] = []
    for serial in range(1, tickets + 1):
        at = START + chance.random() * timedelta(days=days)
        opened: list[str] = []
        severity = chance.choice([None, None, "high"])
        drawn.append((_rounded(at), _opening(serial, severity, opened)))
        for _ in range(chance.randrange(1, 9)):
            at += timedelta(minutes=chance.expovariate(1 / chance.choice([20, 300, 4000])))
            drawn.append((_rounded(at), _action(chance, opened)))
    for terms in TERMS[1:]:
        at = START + chance.random() * timedelta(days=days)
        drawn.append((_rounded(at), _new_terms(terms, chance.random() < 0.7)))
    end = START + timedelta(days=days)
    return sorted([pair for pair in drawn if pair[0] < end], key=lambda pair: pair[0])


def _rounded(at: datetime) -> datetime:
    """To half minutes, so that people act on full minutes and between them."""
    return at.replace(microsecond=0, second=at.second // 30 * 30)


def _opening(serial: int, severity: Any, opened: list[str]) -> Action:
    async def open_ticket(now: datetime) -> None:
        phone = f"+86138{serial:08}"
        ticket = await make_ticket(f"Broken {serial}", phone=phone, at=now, severity=severity)
        opened[:] = [ticket.number]

    return open_ticket


def _action(chance: random.Random, opened: list[str]) -> Action:
    kind, later = chance.choice(list(ACTIONS)), timedelta(minutes=chance.randrange(5, 3000))

    async def act(now: datetime) -> None:
        # The ticket may be in the wrong state, on both desks alike.
        with suppress(InvalidInput, Conflict):
            await ACTIONS[kind](opened[0], now, now + later)

    return act


def _new_terms(terms: Policy, roll_out: bool) -> Action:
    async def save(now: datetime) -> None:
        await save_policy(terms, apply_to_open=roll_out, staff_id=BOSS, now=now)
        await roll_out_all(now)

    return save


ACTIONS: dict[str, Callable[[str, datetime, datetime], Awaitable[Any]]] = {
    "reply": lambda n, now, _: conversation.reply(n, "Well", staff_id=AGENT, now=now),
    "message": lambda n, now, _: conversation.receive_message(n, "Hm", channel="sms", now=now),
    "plan": lambda n, now, _: progress.record_plan(
        n, diagnosis="Pump", plan="New pump", staff_id=AGENT, now=now
    ),
    "wait": lambda n, now, _: progress.wait(n, "customer", staff_id=AGENT, now=now),
    "wait for parts": lambda n, now, _: progress.wait(n, "parts", staff_id=AGENT, now=now),
    "resume": lambda n, now, _: progress.resume(n, staff_id=AGENT, now=now),
    "promise": lambda n, now, then: progress.promise(n, then, staff_id=AGENT, now=now),
    "refer": lambda n, now, _: progress.refer(n, "May I?", staff_id=AGENT, now=now),
    "note": lambda n, now, _: conversation.add_note(n, "You may", staff_id=BOSS, now=now),
    "resolve": lambda n, now, _: resolve(n, "Done", staff_id=AGENT, now=now),
    "reopen": lambda n, now, _: progress.reopen(n, "Not done", staff_id=AGENT, now=now),
    "high": lambda n, now, _: classify(n, Classification(severity="high"), staff_id=AGENT, now=now),
    "due": lambda n, now, then: set_due(n, "resolution", then, "Agreed", staff_id=BOSS, now=now),
}


async def clock_events() -> list[tuple[Any, ...]]:
    """All `clock.*` events: ticket number, instant, type, data."""
    rows = await fetch(
        "SELECT t.number, e.type, e.at, e.data FROM ticket_event e "
        "JOIN ticket t ON t.id = e.ticket WHERE e.type LIKE 'clock.%'"
    )
    return sorted(
        (row["number"], row["at"], row["type"], sorted((k, str(v)) for k, v in row["data"].items()))
        for row in rows
    )
