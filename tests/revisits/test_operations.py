from datetime import date, timedelta

import pytest

from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.revisits.operations import record_outcome
from service_desk.revisits.planning import plan_revisits
from service_desk.revisits.schemas import OutcomeInput
from tests.factories import NOW, make_staff
from tests.revisits.calling import create_customer, revisits

FRIDAY = NOW + timedelta(days=1)


@pytest.fixture
async def agent(desk: str) -> int:
    return await make_staff()


@pytest.fixture
async def revisit(agent: int) -> int:
    await create_customer("A", last_contact=NOW - timedelta(days=8))
    await plan_revisits(NOW)
    return await fetch_value("SELECT id FROM revisit")


async def test_reached_closes_it_and_resets_the_cadence(revisit: int, agent: int) -> None:
    await record_outcome(revisit, OutcomeInput("reached", "All fine"), staff_id=agent, now=NOW)
    assert [row[2] for row in await revisits()] == ["done"]
    (log,) = await fetch("SELECT * FROM contact_log")
    assert (log["two_way"], log["note"], log["staff"], log["revisit"]) == (
        *(True, "All fine", agent),
        revisit,
    )
    await plan_revisits(NOW)
    rows = await fetch("SELECT target_on FROM revisit WHERE state = 'planned'")
    assert [row["target_on"] for row in rows] == [date(2026, 10, 22)]


async def test_no_answer_is_tried_three_times_on_working_days(revisit: int, agent: int) -> None:
    no_answer = OutcomeInput("no_answer")
    await record_outcome(revisit, no_answer, staff_id=agent, now=NOW)
    assert (await revisits())[0][2:] == ("planned", "2026-10-16")
    await record_outcome(revisit, no_answer, staff_id=agent, now=FRIDAY)
    assert (await revisits())[0][2:] == ("planned", "2026-10-19")
    step = await record_outcome(revisit, no_answer, staff_id=agent, now=NOW + timedelta(days=4))
    assert step.gave_up
    assert (await revisits())[0][2] == "done"
    assert await fetch_value("SELECT count(*) FROM contact_log WHERE NOT two_way") == 3
    # Giving up resets the cadence too, so that nobody is called every day forever.
    await plan_revisits(NOW + timedelta(days=4))
    rows = await fetch("SELECT target_on FROM revisit WHERE state = 'planned'")
    assert [row["target_on"] for row in rows] == [date(2026, 10, 26)]


async def test_a_day_agreed_with_the_customer_stays(revisit: int, agent: int) -> None:
    agreed = OutcomeInput("reached", "On Tuesday", next_on=date(2026, 10, 20))
    await record_outcome(revisit, agreed, staff_id=agent, now=NOW)
    await plan_revisits(NOW)
    await fetch("UPDATE customer SET last_contact_at = $1", FRIDAY)
    await plan_revisits(FRIDAY)
    assert [row[1:] for row in await revisits()] == [
        ("call", "done", "2026-10-15"),
        ("agreed", "planned", "2026-10-20"),
    ]


async def test_no_answer_with_an_agreed_day_is_not_tried_tomorrow(revisit: int, agent: int) -> None:
    outcome = OutcomeInput("no_answer", "Texted: Tuesday", next_on=date(2026, 10, 20))
    await record_outcome(revisit, outcome, staff_id=agent, now=NOW)
    assert [row[2:] for row in await revisits()] == [
        ("done", "2026-10-15"),
        ("planned", "2026-10-20"),
    ]


@pytest.mark.parametrize("next_on", [date(2026, 10, 15), date(2026, 10, 1), date(2028, 1, 1)])
async def test_the_next_contact_must_be_in_the_future(
    revisit: int, agent: int, next_on: date
) -> None:
    outcome = OutcomeInput("reached", next_on=next_on)
    with pytest.raises(InvalidInput, match="from tomorrow") as refused:
        await record_outcome(revisit, outcome, staff_id=agent, now=NOW)
    assert refused.value.field == "next_on"


async def test_a_closed_revisit_takes_no_outcome(revisit: int, agent: int) -> None:
    await record_outcome(revisit, OutcomeInput("refused"), staff_id=agent, now=NOW)
    with pytest.raises(Conflict, match="is done"):
        await record_outcome(revisit, OutcomeInput("reached"), staff_id=agent, now=NOW)
    with pytest.raises(NotFound, match="99"):
        await record_outcome(99, OutcomeInput("reached"), staff_id=agent, now=NOW)
