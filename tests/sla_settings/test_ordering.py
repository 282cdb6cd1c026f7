"""Policies change places: previewed, for new tickets or open ones too, and recorded."""

from datetime import timedelta

import pytest

from service_desk.clocks.verification import verify_clocks
from service_desk.database import fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.policies.policies import Match, Policy
from service_desk.sla_settings.editing import save_policy
from service_desk.sla_settings.ordering import check_order_change, move_policy, policy_moves
from service_desk.sla_settings.preview import preview_move
from service_desk.sla_settings.queries import policies_in_force
from service_desk.sla_settings.schemas import MoveDirection
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.factories import NOW, make_staff, make_ticket
from tests.sla_settings.edits import Edit, applied_to_open
from tests.sla_settings.rolling_out import roll_out_all

HOUR = timedelta(hours=1)
COUNTER = "counter exchange/return"
QUICK = Policy("quick", {"response": 600, "resolution": 3600}, Match(kinds=("repair",)))
TIERED = Policy("tiered", {"response": 1200, "resolution": 3600}, Match(tiers=("C",)))


async def order() -> list[str]:
    return [entry.name for entry in await policies_in_force()]


async def response_due(number: str) -> timedelta:
    clocks = {clock.name: clock for clock in (await get_ticket(number, NOW)).clocks}
    return clocks["response"].due_at - NOW


@pytest.fixture
async def by_boss(desk: str) -> Edit:
    """Arguments of a supervisor's edits; in order are quick, tiered and the shipped policies."""
    about = Edit(staff_id=await make_staff("supervisor"), now=NOW, apply_to_open=False)
    for policy in (TIERED, QUICK):
        await save_policy(policy, **about)
    return about


async def test_one_place_up_or_down(by_boss: Edit) -> None:
    await move_policy(COUNTER, "up", **by_boss)
    assert await order() == ["quick", "tiered", COUNTER, "safety", "standard"]
    await move_policy("quick", "down", **by_boss)
    assert await order() == ["tiered", "quick", COUNTER, "safety", "standard"]
    with pytest.raises(InvalidInput, match="already tried first"):
        await move_policy("tiered", "up", **by_boss)
    past_the_last: list[tuple[str, MoveDirection]] = [("standard", "up"), ("safety", "down")]
    for name, to in past_the_last:
        with pytest.raises(InvalidInput, match="matches every ticket"):
            await move_policy(name, to, **by_boss)
    with pytest.raises(NotFound):
        await move_policy("vip", "up", **by_boss)


async def test_for_new_tickets_only(by_boss: Edit) -> None:
    old = (await make_ticket(kind="repair")).number
    await move_policy("quick", "down", **by_boss)
    assert await roll_out_all(NOW) == 0
    new = (await make_ticket(kind="repair", phone="+8613800138001")).number
    assert (await response_due(old), await response_due(new)) == (HOUR / 6, HOUR / 3)


async def test_applied_to_open_tickets_as_previewed(by_boss: Edit) -> None:
    number = (await make_ticket(kind="repair")).number
    await make_ticket(phone="+8613800138001")  # under tiered before and after
    expected = await preview_move(await check_order_change("quick", "down"), NOW)
    assert (expected.open_tickets, expected.due_moved) == (2, 1)
    assert expected.examples[0].new_due_at == NOW + HOUR / 3
    assert await response_due(number) == HOUR / 6  # nothing was written
    assert await order() == ["quick", "tiered", "safety", COUNTER, "standard"]
    await move_policy("quick", "down", **applied_to_open(by_boss))
    assert await roll_out_all(NOW) == 2
    assert await response_due(number) == HOUR / 3
    assert await fetch_value("SELECT changed FROM sla_rollout") == 1
    async for batch in verify_clocks(NOW):
        assert batch.differences == []


async def test_moves_are_recorded_with_who_and_when(by_boss: Edit) -> None:
    await move_policy("quick", "down", **by_boss)
    later: Edit = {**by_boss, "now": NOW + HOUR}
    await move_policy("safety", "up", **later)
    moves = [(m.name, m.swapped_with, m.to, m.moved_at, m.moved_by) for m in await policy_moves()]
    assert moves == [
        ("safety", "quick", "up", NOW + HOUR, "Supervisor"),
        ("quick", "tiered", "down", NOW, "Supervisor"),
    ]
    assert [move.name for move in await policy_moves("tiered")] == ["quick"]
    assert await policy_moves("standard") == []


async def test_a_move_previewed_before_another_change_is_rejected(by_boss: Edit) -> None:
    previewed = await check_order_change("safety", "up")
    await move_policy("tiered", "up", **by_boss)
    with pytest.raises(Conflict, match="has changed the order"):
        await move_policy("safety", "up", swapped_with=previewed.swapped_with, **by_boss)
    assert await order() == ["tiered", "quick", "safety", COUNTER, "standard"]
