from service_desk.reports.figures.schemas import Totals
from service_desk.reports.figures.totals import read_totals
from tests.imports.importing import imported
from tests.imports.source_files import csv_of
from tests.reports.october import BOUNDS, NOVEMBER_2ND, OCTOBER, ZONE, october, on


async def test_october_counted_by_hand(desk: str) -> None:
    await october()
    assert await read_totals(*BOUNDS, NOVEMBER_2ND) == Totals(
        received=4,  # A B C D
        resolved=2,  # A E; B ended in November
        undated=0,
        open_at_end=3,  # B C D
        reopened=1,  # B
        reopen_rate=0.5,
        customers=3,
        repeat_customers=1,  # of A and C
        ratings=2,
        low_ratings=1,
        rating=3.5,
    )


async def test_open_tickets_carry_over(desk: str) -> None:
    """Open at the end = open at the beginning + received − resolved, month after month."""
    await october()
    before = await read_totals(*OCTOBER.plus_months(-1).bounds(ZONE), NOVEMBER_2ND)
    totals = await read_totals(*BOUNDS, NOVEMBER_2ND)
    after = await read_totals(*OCTOBER.plus_months(1).bounds(ZONE), NOVEMBER_2ND)
    assert (before.received, before.open_at_end) == (1, 1)
    assert totals.open_at_end == before.open_at_end + totals.received - totals.resolved
    assert after.open_at_end == totals.open_at_end + after.received - after.resolved


async def test_b_counts_as_resolved_before_it_was_reopened(desk: str) -> None:
    await october()
    then = await read_totals(*BOUNDS, on(24))
    assert (then.received, then.resolved, then.reopened) == (3, 3, 0)
    later = await read_totals(*BOUNDS, on(26))
    assert (later.received, later.resolved, later.reopened) == (3, 2, 1)


async def test_an_empty_month_has_no_rates(desk: str) -> None:
    totals = await read_totals(*BOUNDS, NOVEMBER_2ND)
    assert (totals.received, totals.reopen_rate, totals.rating) == (0, None, None)


async def test_tickets_resolved_without_a_date_are_counted(desk: str) -> None:
    await imported(csv_of())
    april = await read_totals(*OCTOBER.__class__(2015, 4).bounds(ZONE), NOVEMBER_2ND)
    assert (april.received, april.resolved, april.undated, april.open_at_end) == (2, 1, 1, 1)
