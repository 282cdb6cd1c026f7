"""The monthly recomputation of tiers."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from service_desk.customers import tiers as tier_room
from service_desk.customers.operations import create_customer
from service_desk.customers.queries import tier_history
from service_desk.customers.schemas import CustomerInput
from service_desk.customers.tiers import NewTierChange, recompute_tiers
from service_desk.database import fetch
from service_desk.rows import count
from service_desk.tables import TierChange, TierReview
from tests.factories import NOW, PHONE, make_ticket

EARLIER = NOW - timedelta(days=60)
NEXT_MONTH = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # midnight of 1 November in Shanghai


async def make_customers(number: int) -> list[int]:
    """Each spent more than the one before."""
    return [
        await create_customer(
            CustomerInput(phone=f"+86138001380{position:02}", spend_12m=100 * position), EARLIER
        )
        for position in range(number)
    ]


async def tiers() -> str:
    rows = await fetch("SELECT tier FROM customer ORDER BY id")
    return "".join(row["tier"] for row in rows)


async def test_tiers_are_recomputed_once_a_month(desk: str) -> None:
    await make_customers(10)
    assert await recompute_tiers(NOW) == 6
    assert await tiers() == "CCCCBBBBAA"
    assert await recompute_tiers(NOW) is None
    await fetch("UPDATE customer SET spend_12m = 5000 WHERE id = 1")
    assert await recompute_tiers(NEXT_MONTH - timedelta(seconds=1)) is None
    assert await recompute_tiers(NEXT_MONTH) == 3
    assert await tiers() == "ACCCCBBBBA"
    (change,) = await tier_history(1)
    assert (change.reason.position, change.reason.total) == (1, 10)
    rows = await fetch("SELECT customer_count, changed_count FROM tier_review ORDER BY month")
    assert [tuple(row) for row in rows] == [(10, 6), (10, 3)]


async def test_customers_of_whom_nothing_is_known_fill_no_tier(desk: str) -> None:
    """As an import makes them, of rows without phone and e-mail."""
    await make_customers(5)
    await fetch(
        "INSERT INTO customer (name, locale, tier, tier_pinned, spend_12m, created_at) "
        "SELECT '', 'en', 'C', false, 9000, $1 FROM generate_series(1, 20)",
        EARLIER,
    )
    await recompute_tiers(NOW)
    assert await tiers() == "CCBBA" + "C" * 20


async def test_pinned_tiers_stay(desk: str) -> None:
    await make_customers(5)
    await fetch("UPDATE customer SET tier = 'A', tier_pinned = true WHERE id = 1")
    await recompute_tiers(NOW)
    assert await tiers() == "ACBBA"


async def test_open_work_and_recency_decide_between_equals(desk: str) -> None:
    for position in range(5):
        new = CustomerInput(phone=f"+86138001380{position:02}")
        await create_customer(new, EARLIER - timedelta(days=position))
    await make_ticket(phone="+8613800138003", kind="repair")
    await recompute_tiers(NOW)
    assert await tiers() == "BBCAC"


async def test_the_desks_first_month_is_left_out(desk: str) -> None:
    await create_customer(CustomerInput(phone=PHONE, spend_12m=1), NOW)
    assert await recompute_tiers(NOW) is None
    assert await count(TierReview) == 0
    assert await recompute_tiers(NEXT_MONTH) == 1


async def test_concurrent_workers_recompute_once(desk: str) -> None:
    await make_customers(10)
    results = await asyncio.gather(*(recompute_tiers(NOW) for _ in range(4)))
    assert sorted(results, key=str) == [6, None, None, None]
    assert await count(TierChange) == 6


async def test_a_run_that_is_cut_short_is_continued(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch by batch: what is written stays, and counts once."""
    monkeypatch.setattr(tier_room, "BATCH", 2)
    await make_customers(10)
    setting, done = vars(tier_room)["_set_tiers"], 0

    async def one_then_stopped(changes: Sequence[NewTierChange], now: datetime) -> None:
        nonlocal done
        if done:
            raise asyncio.CancelledError
        done += 1
        await setting(changes, now)

    with monkeypatch.context() as stopped:
        stopped.setattr(tier_room, "_set_tiers", one_then_stopped)
        with pytest.raises(asyncio.CancelledError):
            await recompute_tiers(NOW)
    assert (await count(TierChange), await count(TierReview)) == (2, 0)
    assert await recompute_tiers(NOW + timedelta(minutes=1)) == 6
    assert await tiers() == "CCCCBBBBAA"
    assert (await count(TierChange), await count(TierReview)) == (6, 1)


async def test_a_tier_that_somebody_set_meanwhile_stays(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_customers(10)
    setting = vars(tier_room)["_set_tiers"]

    async def after_a_person(changes: Sequence[NewTierChange], now: datetime) -> None:
        await fetch("UPDATE customer SET tier_pinned = true WHERE id = 10")
        await fetch("UPDATE customer SET tier = 'B' WHERE id = 9")
        await setting(changes, now)

    monkeypatch.setattr(tier_room, "_set_tiers", after_a_person)
    assert await recompute_tiers(NOW) == 4
    assert await tiers() == "CCCCBBBBBC"
