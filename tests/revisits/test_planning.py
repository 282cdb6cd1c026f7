import asyncio
import contextvars
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from service_desk.database import fetch, fetch_value, transaction
from service_desk.revisits import planning
from service_desk.revisits.operations import record_outcome
from service_desk.revisits.planning import PLANNING_LOCK, PlanningResult, plan_revisits
from service_desk.revisits.queries import unplanned_revisits
from service_desk.revisits.schemas import OutcomeInput
from service_desk.rules.customers.revisit_cadence import RevisitPolicy
from service_desk.rules.customers.revisit_planning import Plan
from service_desk.settings import get_settings
from tests.factories import NOW, make_staff, make_ticket, resolve
from tests.revisits.calling import create_customer, revisits

# NOW is Thursday 15 October 2026, after the holidays of the first week.


@pytest.fixture
async def agent(desk: str) -> int:
    return await make_staff()


async def phone_of(customer: int) -> str:
    (row,) = await fetch("SELECT phone FROM customer WHERE id = $1", customer)
    return row["phone"]


async def test_each_tier_has_its_cadence(agent: int) -> None:
    a = await create_customer("A", last_contact=NOW - timedelta(days=6))
    b = await create_customer("B", last_contact=NOW - timedelta(days=27))
    await create_customer("B", last_contact=NOW - timedelta(days=2))
    c = await create_customer("C", last_contact=NOW - timedelta(days=170))
    await create_customer("C", last_contact=NOW - timedelta(days=60))
    assert await plan_revisits(NOW) == PlanningResult(planned=3)
    rows = await fetch("SELECT customer, target_on, due_on, assignee FROM revisit ORDER BY id")
    assert [(row["customer"], str(row["target_on"])) for row in rows] == [
        (a, "2026-10-16"),
        (b, "2026-10-18"),
        (c, "2026-10-28"),
    ]
    assert all(row["due_on"].weekday() < 5 for row in rows)
    assert {row["assignee"] for row in rows} == {agent}


async def test_a_cadence_with_site_visits(agent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(get_settings(), cadence="site_visits")
    monkeypatch.setattr("service_desk.revisits.planning.get_settings", lambda: settings)
    long_known = await create_customer("A", last_contact=NOW - timedelta(days=6))
    await fetch("UPDATE customer SET created_at = $1", NOW - timedelta(days=60))
    new = await create_customer("C", last_contact=NOW - timedelta(days=13))
    await fetch("UPDATE customer SET created_at = $2 WHERE id = $1", new, NOW - timedelta(days=20))
    assert await plan_revisits(NOW) == PlanningResult(planned=2)
    rows = await fetch("SELECT customer, kind, target_on FROM revisit ORDER BY customer")
    assert [(row["customer"], row["kind"], str(row["target_on"])) for row in rows] == [
        (long_known, "visit", "2026-10-16"),  # two months after it became a customer
        (new, "call", "2026-10-16"),
    ]


async def test_planning_again_changes_nothing(agent: int) -> None:
    for _ in range(5):
        await create_customer("A")
    assert await plan_revisits(NOW) == PlanningResult(planned=5)
    before = await revisits()
    assert await plan_revisits(NOW) == PlanningResult()
    assert await revisits() == before


async def test_revisits_without_capacity_are_reported(
    agent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_a_day = RevisitPolicy(daily_capacity=1)
    monkeypatch.setattr("service_desk.revisits.planning.POLICY", one_a_day)
    customers = [await create_customer("A", last_contact=NOW - timedelta(days=7)) for _ in range(4)]
    planned = await plan_revisits(NOW)
    # Due on Thursday: that day and Friday have capacity for one each.
    assert planned == PlanningResult(planned=2, no_capacity=tuple(customers[2:]))
    left = await unplanned_revisits(NOW)
    assert [(item.customer, item.tier, item.kind) for item in left] == [
        (customer, "A", "call") for customer in customers[2:]
    ]
    assert len(await revisits()) == 2


async def test_customers_who_cannot_be_called_are_left_out(agent: int) -> None:
    await create_customer("A", phone=None)
    await create_customer("A", opted_out_at=NOW)
    assert await plan_revisits(NOW) == PlanningResult()


async def test_an_open_complaint_holds_the_revisit(agent: int) -> None:
    customer = await create_customer("A")
    await plan_revisits(NOW)
    ticket = await make_ticket(phone=await phone_of(customer))
    assert await plan_revisits(NOW) == PlanningResult(held=1)
    assert [row[2] for row in await revisits()] == ["held"]
    assert await plan_revisits(NOW) == PlanningResult()
    await resolve(ticket.number, "Replaced", staff_id=agent, now=NOW)
    # The call about the complaint replaces the held one.
    tomorrow = NOW + timedelta(days=1)
    assert (await plan_revisits(tomorrow)).planned == 1
    assert [row[1:3] for row in await revisits()] == [
        ("call", "cancelled"),
        ("after_resolution", "planned"),
    ]


async def test_calls_after_a_complaint_by_its_rating(agent: int) -> None:
    ticket = await make_ticket()
    await resolve(ticket.number, "Replaced", staff_id=agent, now=NOW)
    await fetch("UPDATE rating SET score = 2, rated_at = $1", NOW)
    assert (await plan_revisits(NOW)).planned == 1
    (first,) = await fetch("SELECT id, target_on, ticket FROM revisit")
    assert (str(first["target_on"]), first["ticket"]) == ("2026-10-18", ticket.id)
    assert await plan_revisits(NOW) == PlanningResult()

    called = NOW + timedelta(days=4)
    outcome = OutcomeInput("reached", "Better now")
    await record_outcome(first["id"], outcome, staff_id=agent, now=called)
    assert (await plan_revisits(called)).planned == 1
    rows = await fetch("SELECT target_on FROM revisit WHERE state = 'planned'")
    assert [str(row["target_on"]) for row in rows] == ["2026-10-29"]


async def test_a_good_rating_needs_one_call(agent: int) -> None:
    ticket = await make_ticket()
    await resolve(ticket.number, "Replaced", staff_id=agent, now=NOW)
    await fetch("UPDATE rating SET score = 4, rated_at = $1", NOW)
    await plan_revisits(NOW)
    (first,) = await fetch("SELECT id FROM revisit")
    await record_outcome(first["id"], OutcomeInput("reached"), staff_id=agent, now=NOW)
    await plan_revisits(NOW)
    assert len(await revisits()) == 1


async def test_an_enquiry_needs_no_call(agent: int) -> None:
    ticket = await make_ticket(kind="enquiry")
    await resolve(ticket.number, "Explained", staff_id=agent, now=NOW)
    assert await plan_revisits(NOW) == PlanningResult()


async def test_a_contact_resets_the_cadence(agent: int) -> None:
    customer = await create_customer("B", last_contact=NOW - timedelta(days=30))
    await plan_revisits(NOW)
    later = NOW + timedelta(hours=1)
    await make_ticket(phone=await phone_of(customer), kind="enquiry", at=later)
    await fetch("UPDATE customer SET last_contact_at = $1", later)
    assert await plan_revisits(later) == PlanningResult(cancelled=1)


async def test_a_change_of_tier_replans(agent: int) -> None:
    customer = await create_customer("C", last_contact=NOW - timedelta(days=170))
    await plan_revisits(NOW)
    await fetch("UPDATE customer SET tier = 'A'")
    await fetch(
        "INSERT INTO tier_change (customer, tier_before, tier_after, reason, at) "
        "VALUES ($1, 'C', 'A', '{}', $2)",
        customer,
        NOW + timedelta(hours=1),
    )
    planned = await plan_revisits(NOW + timedelta(hours=2))
    assert planned == PlanningResult(planned=1, cancelled=1)


async def test_a_day_is_planned_once_and_again_when_something_has_changed(
    agent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[datetime] = []
    plan = planning._plan  # pyright: ignore[reportPrivateUsage] - counted, and called as it is

    async def counted(now: datetime) -> Plan:
        planned.append(now)
        return await plan(now)

    monkeypatch.setattr(planning, "_plan", counted)
    await create_customer("A", last_contact=NOW - timedelta(days=8))
    times = [NOW + timedelta(minutes=10 * nth) for nth in range(6)]
    await plan_revisits(times[0])
    await plan_revisits(times[1])
    assert planned == times[:1]
    call = await fetch_value("SELECT id FROM revisit")
    await record_outcome(call, OutcomeInput("reached"), staff_id=agent, now=times[1])
    await plan_revisits(times[2])
    await plan_revisits(times[2] + timedelta(minutes=5))
    assert planned == [times[0], times[2]]
    ticket = await make_ticket(at=times[2])
    await plan_revisits(times[3])
    await resolve(ticket.number, "Replaced", staff_id=agent, now=times[4])
    await plan_revisits(times[5])
    assert planned == [times[0], times[2], times[5]]
    tomorrow = NOW + timedelta(days=1)
    await plan_revisits(tomorrow)
    assert planned[3:] == [tomorrow]


async def test_while_it_weighs_it_locks_no_revisit_and_cut_short_it_plans_anew(
    agent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, cancelled = [
        await create_customer("A", last_contact=NOW - timedelta(days=8)) for _ in range(2)
    ]
    await plan_revisits(NOW)
    later = NOW + timedelta(hours=1)
    await make_ticket(phone=await phone_of(held), at=later)
    await fetch("UPDATE customer SET last_contact_at = $1 WHERE id = $2", later, cancelled)

    async def looked_at_from_elsewhere_and_cut_short(_: datetime) -> Plan:
        looking = fetch("SELECT state FROM revisit ORDER BY id FOR UPDATE NOWAIT")
        found = await asyncio.create_task(looking, context=contextvars.Context())
        assert [row["state"] for row in found] == ["held", "cancelled"]
        raise asyncio.CancelledError

    with monkeypatch.context() as cut:
        cut.setattr(planning, "_plan", looked_at_from_elsewhere_and_cut_short)
        with pytest.raises(asyncio.CancelledError):
            await plan_revisits(later)
    assert await fetch_value("SELECT count(*) FROM revisit_planning") == 0
    assert await plan_revisits(later) == PlanningResult(planned=1)


async def test_only_one_planner_runs_at_a_time(agent: int) -> None:
    await create_customer("A")
    async with transaction():
        await fetch("SELECT pg_advisory_xact_lock($1)", PLANNING_LOCK)
        other = await _plan_elsewhere()
    assert other == PlanningResult()
    assert (await plan_revisits(NOW)).planned == 1


async def _plan_elsewhere() -> PlanningResult:
    """In another connection: a task of its own has no transaction to join."""
    return await asyncio.create_task(plan_revisits(NOW), context=contextvars.Context())


async def test_a_new_customer_is_not_due_yet(agent: int) -> None:
    await make_ticket(kind="enquiry")
    assert await plan_revisits(NOW) == PlanningResult()
