from datetime import timedelta

from service_desk.reports.figures.clocks import (
    clock_figures,
    clock_outcomes,
    clocks_as_of,
    policies_used,
)
from service_desk.reports.figures.schemas import ClockFigures, ClockOutcome, PolicyUsed
from tests.reports.october import BOUNDS, NOVEMBER_2ND, october, on

HOUR = 3600


async def test_attainment_counted_by_hand(desk: str) -> None:
    await october()
    clocks = await clocks_as_of(*BOUNDS, NOVEMBER_2ND)
    response, handling, resolution = (await clock_figures(clocks, NOVEMBER_2ND))[:3]
    # A and B in an hour, C in three, D not yet and overdue
    assert response == ClockFigures("response", 4, 4, 2, 2, 0.5, HOUR, round(2.6 * HOUR))
    # A and B in two hours; C and D are overdue
    assert handling == ClockFigures("handling", 4, 4, 2, 2, 0.5, 2 * HOUR, 2 * HOUR)
    assert (resolution.started, resolution.judged, resolution.in_time) == (4, 3, 0)


async def test_a_clock_that_can_still_be_met_is_not_judged(desk: str) -> None:
    await october()
    as_of = on(5, 10) + timedelta(minutes=30)  # B: answered, not planned yet
    response, handling, _ = await clock_figures(await clocks_as_of(*BOUNDS, as_of), as_of)
    assert (response.started, response.judged, response.attainment) == (2, 2, 1.0)
    assert (handling.started, handling.judged, handling.median_seconds) == (2, 1, 2 * HOUR)


async def test_no_clocks_no_figures(desk: str) -> None:
    assert await clock_figures({}, NOVEMBER_2ND) == []


async def test_outcomes_by_ticket_and_the_policies_used(desk: str) -> None:
    await october()
    clocks = await clocks_as_of(*BOUNDS, NOVEMBER_2ND)
    outcomes = await clock_outcomes(clocks, NOVEMBER_2ND)
    first = outcomes[min(outcomes)]
    assert first["response"] == ClockOutcome("met", HOUR)
    assert await policies_used(clocks) == [PolicyUsed("standard", 1, None, None, 4)]
