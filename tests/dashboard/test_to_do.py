"""What waits for a supervisor."""

from service_desk.dashboard.operations import deal_with_rating
from service_desk.dashboard.to_do import low_ratings, open_referrals
from service_desk.self_service.rating import rate
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import progress
from service_desk.tickets.conversation import answer_referral
from tests.factories import NOW, make_staff, make_ticket


async def test_a_question_is_listed_until_it_is_answered(desk: str) -> None:
    agent, boss = await make_staff(), await make_staff("supervisor")
    number = (await make_ticket()).number
    await progress.refer(number, "May we pay?", staff_id=agent, now=NOW)
    (waiting,) = await open_referrals()
    assert (waiting.number, waiting.question, waiting.asked_by) == (number, "May we pay?", "Agent")
    await answer_referral(number, "Yes", staff_id=boss, now=NOW)
    assert await open_referrals() == []


async def test_a_low_rating_is_listed_until_it_is_dealt_with(desk: str) -> None:
    boss, number = await make_staff("supervisor"), (await make_ticket()).number
    await rate(number, 3, now=NOW)
    assert await low_ratings() == []
    await rate(number, 1, now=NOW)
    (low,) = await low_ratings()
    for _ in range(2):  # the button twice, or two supervisors
        await deal_with_rating(low.id, staff_id=boss, now=NOW)
    assert await low_ratings() == []
    told = [(event.type, event.actor) for event in (await get_ticket(number, NOW)).events]
    assert told[-1] == ("rating.dealt_with", f"staff:{boss}")
    assert told.count(told[-1]) == 1
    await rate(number, 2, now=NOW)
    assert [one.score for one in await low_ratings()] == [2]
