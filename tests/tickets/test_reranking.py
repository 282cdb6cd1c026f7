"""A new tier moves the customer's open tickets in the queue at once."""

from datetime import UTC, datetime, timedelta

from service_desk.customers.operations import edit_customer
from service_desk.customers.schemas import CustomerEdit
from service_desk.customers.tiers import recompute_tiers
from service_desk.database import fetch
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import progress
from tests.factories import NOW, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)
NEXT_MONTH = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # midnight of 1 November in Shanghai


async def rank_of(number: str) -> tuple[datetime | None, list[str]]:
    rank = (await get_ticket(number, NOW)).rank
    return rank.rank_at, [reason.code for reason in rank.because]


async def test_a_tier_set_manually(desk: str) -> None:
    staff = await make_staff("supervisor")
    open_, done, other = [
        (await make_ticket(n, phone=f"+861380013800{n}")).number for n in ("0", "0", "1")
    ]
    await resolve(done, "Repaired", staff_id=staff, now=NOW)
    await progress.close(done, staff_id=staff, now=NOW)
    await edit_customer(1, CustomerEdit(tier="A"), staff_id=staff, now=NOW)
    assert await rank_of(open_) == (NOW, ["due", "tier"])
    assert await rank_of(done) == (None, [])
    assert await rank_of(other) == (NOW + 2 * HOUR, ["due"])
    await edit_customer(1, CustomerEdit(tier="C"), staff_id=staff, now=NOW)
    assert await rank_of(open_) == (NOW + 2 * HOUR, ["due"])


async def test_the_monthly_tiers(desk: str) -> None:
    numbers = [(await make_ticket(str(n), phone=f"+861380013800{n}")).number for n in range(5)]
    await fetch("UPDATE customer SET spend_12m = 100 * (10 - id), created_at = $1", NOW)
    assert await recompute_tiers(NEXT_MONTH) == 3
    before = [NOW, NOW + HOUR, NOW + HOUR, NOW + 2 * HOUR, NOW + 2 * HOUR]
    assert [(await rank_of(number))[0] for number in numbers] == before
