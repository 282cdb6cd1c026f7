import asyncio
from datetime import timedelta

import pytest
from msgspec import convert

from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict
from service_desk.reports.figures.months import Month
from service_desk.reports.figures.queries import list_months, read_report
from service_desk.reports.figures.schemas import Countermeasure, Countermeasures, Figures
from service_desk.reports.operations import (
    COMMITTED_AFTER,
    draft_ended_months,
    freeze_signed_months,
    save_countermeasures,
    sign_analysis,
    start_draft,
    submit_analysis,
)
from service_desk.tickets.classification import Classification, classify
from tests.factories import make_ticket
from tests.reports.october import NOVEMBER_2ND, OCTOBER, october, on

PLANNED = Countermeasures(planned=[Countermeasure("Call before every visit", "Ann")])


async def test_a_month_is_drafted_once_when_it_has_ended(desk: str) -> None:
    await make_ticket(at=on(3))
    assert await draft_ended_months(on(31, 23, 59)) == 0
    both = await asyncio.gather(draft_ended_months(NOVEMBER_2ND), draft_ended_months(NOVEMBER_2ND))
    assert sorted(both) == [0, 1]
    assert await draft_ended_months(NOVEMBER_2ND) == 0
    rows = await fetch("SELECT month, state FROM monthly_analysis")
    assert [(row["month"].month, row["state"]) for row in rows] == [(10, "draft")]


async def test_missed_months_are_drafted_later(desk: str) -> None:
    assert await draft_ended_months(NOVEMBER_2ND) == 0
    await make_ticket(at=on(3, month=8))
    assert await draft_ended_months(on(1, month=9)) == 1
    assert await draft_ended_months(NOVEMBER_2ND) == 2
    assert await fetch_value("SELECT count(*) FROM monthly_analysis") == 3


async def test_signing_freezes_the_figures(desk: str) -> None:
    await october()
    await draft_ended_months(NOVEMBER_2ND)
    await save_countermeasures(OCTOBER, PLANNED, NOVEMBER_2ND)
    await submit_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    await sign_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    signed, analysis = await read_report(OCTOBER, NOVEMBER_2ND)
    assert (analysis.state, analysis.signed_by, analysis.countermeasures) == (
        "signed",
        "Sue",
        PLANNED,
    )

    later = on(20, month=11)
    await freeze_signed_months(later)
    number = await fetch_value("SELECT number FROM ticket WHERE subject = 'Loud fan'")
    await classify(number, Classification(cause="unfounded"), staff_id=2, now=later)
    assert (await read_report(OCTOBER, later))[0] == signed
    fresh, _ = await read_report(OCTOBER, later, as_of=later)
    assert fresh.by_cause != signed.by_cause
    assert (await read_report(OCTOBER, later, as_of=NOVEMBER_2ND))[0] == signed


async def sign_october() -> None:
    await start_draft(OCTOBER, NOVEMBER_2ND)
    await submit_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    await sign_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)


async def test_a_signed_month_shows_the_same_before_and_after_its_figures_are_kept(
    desk: str,
) -> None:
    """Also what was begun before the signature and committed after it: it is of before."""
    await october()
    await sign_october()
    number = await fetch_value("SELECT number FROM ticket WHERE subject = 'Loud fan'")
    begun = NOVEMBER_2ND - timedelta(seconds=1)
    await classify(number, Classification(cause="our_service"), staff_id=2, now=begun)
    later = on(3, month=11)
    await classify(number, Classification(cause="unfounded"), staff_id=2, now=later)

    assert not await freeze_signed_months(NOVEMBER_2ND + COMMITTED_AFTER / 2)
    assert await fetch_value("SELECT figures FROM monthly_analysis") is None
    shown, _ = await read_report(OCTOBER, later)
    assert "our_service" in {row.key for row in shown.by_cause}
    assert [await freeze_signed_months(later), await freeze_signed_months(later)] == [True, False]
    assert convert(await fetch_value("SELECT figures FROM monthly_analysis"), Figures) == shown
    assert (await read_report(OCTOBER, later))[0] == shown


async def test_two_workers_keep_the_figures_of_a_signed_month_once(desk: str) -> None:
    await october()
    await sign_october()
    later = NOVEMBER_2ND + COMMITTED_AFTER
    await asyncio.gather(freeze_signed_months(later), freeze_signed_months(later))
    kept = convert(await fetch_value("SELECT figures FROM monthly_analysis"), Figures)
    assert kept == (await read_report(OCTOBER, later, as_of=NOVEMBER_2ND))[0]


async def test_as_of_a_time_is_what_people_had_added_by_then(desk: str) -> None:
    await october()
    await draft_ended_months(NOVEMBER_2ND)
    signed_at = on(5, month=11)
    await save_countermeasures(OCTOBER, PLANNED, on(3, month=11))
    await submit_analysis(OCTOBER, staff_id=2, now=on(4, month=11))
    await sign_analysis(OCTOBER, staff_id=2, now=signed_at)
    states = {}
    for day in (1, 3, 4, 5):
        _, analysis = await read_report(OCTOBER, on(20, month=11), as_of=on(day, month=11))
        states[day] = (analysis.state, bool(analysis.countermeasures.planned))
    assert states == {
        1: ("not_drafted", False),
        3: ("draft", False),
        4: ("submitted", False),
        5: ("signed", True),
    }


async def test_no_stage_can_be_skipped(desk: str) -> None:
    await make_ticket(at=on(3))
    with pytest.raises(Conflict, match="has not ended yet"):
        await start_draft(OCTOBER, on(20))
    with pytest.raises(Conflict, match="is not_drafted"):
        await submit_analysis(OCTOBER, staff_id=1, now=NOVEMBER_2ND)
    await start_draft(OCTOBER, NOVEMBER_2ND)
    with pytest.raises(Conflict, match="already exists"):
        await start_draft(OCTOBER, NOVEMBER_2ND)
    with pytest.raises(Conflict, match="only a submitted one can be signed"):
        await sign_analysis(OCTOBER, staff_id=1, now=NOVEMBER_2ND)


async def test_editing_returns_a_submitted_analysis_to_draft_but_not_a_signed_one(
    desk: str,
) -> None:
    await october()
    await start_draft(OCTOBER, NOVEMBER_2ND)
    await submit_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    await save_countermeasures(OCTOBER, PLANNED, NOVEMBER_2ND)
    assert (await read_report(OCTOBER, NOVEMBER_2ND))[1].state == "draft"
    await submit_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    await sign_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    with pytest.raises(Conflict, match="cannot be edited"):
        await save_countermeasures(OCTOBER, Countermeasures(), NOVEMBER_2ND)


async def test_last_months_countermeasures_are_followed_up(desk: str) -> None:
    await make_ticket(at=on(3))
    await start_draft(OCTOBER, NOVEMBER_2ND)
    await save_countermeasures(OCTOBER, PLANNED, NOVEMBER_2ND)
    await draft_ended_months(on(1, month=12))
    _, november = await read_report(OCTOBER.plus_months(1), on(1, month=12))
    assert november.countermeasures == Countermeasures(planned=[], followed_up=PLANNED.planned)


async def test_months_are_listed_newest_first_with_the_current_one(desk: str) -> None:
    await october()
    await draft_ended_months(NOVEMBER_2ND)
    listed = await list_months(NOVEMBER_2ND)
    assert [(month.month, month.state, month.received) for month in listed] == [
        ("2026-11", "not_drafted", 0), ("2026-10", "draft", 4), ("2026-09", "not_drafted", 1),
    ]  # fmt: skip
    assert str(Month(2026, 9)) == listed[-1].month
