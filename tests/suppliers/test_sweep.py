"""The sweep that proposes, withdraws and flags actions."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from service_desk.database import fetch, fetch_one
from service_desk.notifications.operations import set_channels
from service_desk.notifications.queries import list_notifications
from service_desk.suppliers.decisions import approve, overturn, reject
from service_desk.suppliers.operations import edit_supplier
from service_desk.suppliers.queries import get_action
from service_desk.suppliers.schemas import SupplierEdit
from service_desk.suppliers.sweep import LadderSweep, sweep_due_ladders, sweep_ladders
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.progress import assign_if_unassigned
from tests.factories import NOW, make_staff
from tests.suppliers.offending import EARLY, LEAK, SUPPLIER, action_of, make_offender, offend

NEXT_MONTH = NOW + timedelta(days=31)


async def rungs() -> list[tuple[str, str]]:
    rows = await fetch("SELECT rung, state FROM supplier_action ORDER BY id")
    return [(row["rung"], row["state"]) for row in rows]


@pytest.fixture
async def staff(desk: str) -> int:
    return await make_staff("supervisor")


async def test_a_rung_is_proposed_once_with_its_evidence(staff: int) -> None:
    await make_offender()
    await offend(2, staff)
    assert await sweep_ladders(NOW) == LadderSweep()
    await offend(1, staff)
    assert await sweep_ladders(NOW) == LadderSweep(proposed=1)
    assert await sweep_ladders(NOW) == LadderSweep()
    row = await fetch_one(
        "SELECT a.*, c.code FROM supplier_action a JOIN category c ON c.id = a.category"
    )
    assert row is not None
    assert (row["rung"], row["state"], row["offences"]) == ("verbal_warning", "proposed", 3)
    assert (row["month"], row["code"]) == (date(2026, 10, 1), LEAK)
    numbers = await fetch("SELECT number FROM ticket ORDER BY id")
    assert row["evidence"] == [number["number"] for number in numbers]
    assert row["because"] == {"count": 3, "above": 2}


async def test_only_complaints_that_are_the_suppliers_fault_count(staff: int) -> None:
    await make_offender()
    await offend(2, staff)
    await offend(3, staff, cause="customer_misuse")
    numbers = await offend(1, staff)
    await classify(numbers[0], Classification(kind="enquiry"), staff_id=staff, now=NOW)
    assert await sweep_ladders(NOW) == LadderSweep()


async def test_concurrent_sweeps_propose_once(staff: int) -> None:
    for name in ("One", "Two", "Three"):
        await make_offender(name=name)
        await offend(4, staff, supplier=name)
    swept = await asyncio.gather(*(sweep_ladders(NOW) for _ in range(4)))
    # Each supplier was swept by one of them or by none.
    assert sum(each.proposed for each in swept) == len(await rungs())
    await sweep_ladders(NOW)
    assert sorted(await rungs()) == [
        *[("ultimatum", "proposed")] * 3,
        *[("verbal_warning", "proposed")] * 3,
    ]


async def waiting_decisions(person: int) -> list[tuple[str | None, str | None, int | None]]:
    told = (await list_notifications(person, limit=50)).items
    return [
        (one.ticket, one.subject, one.supplier) for one in told if one.kind == "decision_waiting"
    ]


async def test_supervisors_are_told_of_what_is_proposed_once(staff: int) -> None:
    supplier = await make_offender()
    agent, waiting = await make_staff(), (None, SUPPLIER, supplier)
    await set_channels(staff, ["email"])
    (number, *_) = await offend(3, staff)
    await asyncio.gather(*(sweep_ladders(NOW) for _ in range(3)))
    await sweep_ladders(NOW)
    assert (await waiting_decisions(staff), await waiting_decisions(agent)) == ([waiting], [])
    (sent,) = await fetch("SELECT recipient, body FROM outbox WHERE purpose = 'notification'")
    assert (sent["recipient"], SUPPLIER in sent["body"]) == ("supervisor@desk.test", True)
    misuse = Classification(cause="customer_misuse")
    await classify(number, misuse, staff_id=staff, now=NOW)
    await sweep_ladders(NOW)
    await offend(1, staff)
    await sweep_ladders(NOW)  # withdrawn, and proposed again
    assert await waiting_decisions(staff) == [waiting] * 2
    await offend(1, staff)
    assert await sweep_ladders(NOW) == LadderSweep(proposed=1, refreshed=1)  # an ultimatum
    assert await waiting_decisions(staff) == [waiting] * 3


async def test_reclassified_tickets_withdraw_and_restore_a_proposal(staff: int) -> None:
    await make_offender()
    (number, *_) = await offend(3, staff)
    await sweep_ladders(NOW)
    misuse = Classification(cause="customer_misuse")
    await classify(number, misuse, staff_id=staff, now=NOW)
    assert await sweep_ladders(NOW) == LadderSweep(withdrawn=1)
    assert await rungs() == [("verbal_warning", "withdrawn")]
    await offend(1, staff)
    assert await sweep_ladders(NOW) == LadderSweep(refreshed=1)
    assert await rungs() == [("verbal_warning", "proposed")]


async def test_reclassified_tickets_flag_an_approved_action(staff: int) -> None:
    await make_offender()
    (number, *_) = await offend(3, staff)
    await sweep_ladders(NOW)
    await approve(await action_of("verbal_warning"), note="", staff_id=staff, now=NOW)
    unfounded = Classification(cause="unfounded")
    await classify(number, unfounded, staff_id=staff, now=NOW)
    assert await sweep_ladders(NOW) == LadderSweep(flagged=1)
    assert await sweep_ladders(NOW) == LadderSweep()
    row = await fetch_one("SELECT state, flagged_at FROM supplier_action")
    assert row is not None
    assert (row["state"], row["flagged_at"]) == ("approved", NOW)
    proven = Classification(cause="supplier_quality")
    await classify(number, proven, staff_id=staff, now=NOW)
    assert await sweep_ladders(NOW) == LadderSweep(unflagged=1)


async def test_the_flag_names_the_reclassified_tickets(staff: int) -> None:
    await make_offender()
    numbers = await offend(5, staff)
    await sweep_ladders(NOW)
    ultimatum = await action_of("ultimatum")
    await approve(ultimatum, note="", staff_id=staff, now=NOW)
    unfounded = Classification(cause="unfounded")
    await classify(numbers[1], unfounded, staff_id=staff, now=NOW)  # four others remain
    assert (await sweep_ladders(NOW)).flagged == 1
    view = await get_action(ultimatum)
    assert (view.flagged_at, view.flagged_tickets) == (NOW, [numbers[1]])
    await classify(numbers[0], unfounded, staff_id=staff, now=NOW)
    assert (await sweep_ladders(NEXT_MONTH)).flagged == 1
    view = await get_action(ultimatum)
    assert (view.flagged_at, view.flagged_tickets) == (NOW, numbers[:2])
    await overturn(ultimatum, note="Right", staff_id=staff, now=NEXT_MONTH)
    view = await get_action(ultimatum)
    assert (view.flagged_at, view.flagged_tickets) == (None, [])


async def test_a_contract_edit_flags_nothing_and_proposes_no_second_fund(
    staff: int,
) -> None:
    supplier = await make_offender(contract_started_on=date(2026, 1, 1))
    for back in range(13):
        await offend(2, staff, at=NOW - timedelta(days=20 * back))
    await sweep_ladders(NOW)
    fund = await action_of("complaint_fund")
    await approve(fund, note="", staff_id=staff, now=NOW)
    for day in (date(2025, 12, 1), date(2026, 3, 1), None):
        await edit_supplier(supplier, SupplierEdit(contract_started_on=day))
        await sweep_ladders(NOW)
        assert (await get_action(fund)).flagged_at is None
        assert [rung for rung, _ in await rungs()].count("complaint_fund") == 1


async def test_a_rejected_action_is_not_proposed_again(staff: int) -> None:
    await make_offender()
    await offend(3, staff)
    await sweep_ladders(NOW)
    await reject(await action_of("verbal_warning"), note="resolved", staff_id=staff, now=NOW)
    await offend(1, staff)
    await sweep_ladders(NOW)
    assert await rungs() == [("verbal_warning", "rejected"), ("ultimatum", "proposed")]


async def test_removal_is_proposed_in_the_month_after_an_ultimatum(staff: int) -> None:
    await make_offender()
    await offend(4, staff)
    await sweep_ladders(NOW)
    await approve(await action_of("ultimatum"), note="", staff_id=staff, now=NOW)
    await offend(3, staff, at=NEXT_MONTH)
    await sweep_ladders(NEXT_MONTH)
    assert ("removal", "proposed") in await rungs()
    row = await fetch_one("SELECT because FROM supplier_action WHERE rung = 'removal'")
    assert row is not None
    assert row["because"] == {
        "count": 3,
        "above": 2,
        "ultimatum_month": "2026-10-01",
        "forfeits_deposit": True,
    }


async def test_a_month_ends_at_midnight_in_the_desks_time_zone(staff: int) -> None:
    await make_offender()
    before = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    await offend(2, staff, at=before)
    await offend(2, staff, at=before + timedelta(minutes=1))
    assert await sweep_ladders(NEXT_MONTH) == LadderSweep()


async def test_a_year_without_an_offence_gets_one_award(desk: str) -> None:
    await make_offender(contract_started_on=date(2025, 1, 1))
    assert await sweep_ladders(EARLY) == LadderSweep(proposed=1)
    assert await sweep_ladders(NOW) == LadderSweep()
    assert await rungs() == [("award", "proposed")]


async def test_more_suppliers_than_one_batch(staff: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service_desk.suppliers.sweep.BATCH", 2)
    for number in range(5):
        await make_offender(name=f"Supplier {number}")
    await offend(3, staff, supplier="Supplier 4")
    assert await sweep_ladders(NOW) == LadderSweep(proposed=1)


async def test_a_sweep_that_is_cut_short_goes_on_with_those_it_left(
    staff: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service_desk.suppliers.sweep.BATCH", 2)
    for number in range(5):
        await make_offender(name=f"Supplier {number}")
    await offend(3, staff, supplier="Supplier 4")
    assert [await sweep_due_ladders(NOW) for _ in range(4)] == [2, 2, 1, 0]
    assert await rungs() == [("verbal_warning", "proposed")]


async def test_a_supplier_is_due_when_its_tickets_its_actions_or_its_contract_change_and_daily(
    staff: int,
) -> None:
    await make_offender()
    other = await make_offender(name="Other")
    (number, *_) = await offend(3, staff)
    assert [await sweep_due_ladders(NOW) for _ in range(2)] == [2, 0]
    moved = Classification(supplier="Other")
    await classify(number, moved, staff_id=staff, now=NOW)
    assert [await sweep_due_ladders(NOW) for _ in range(2)] == [2, 0]
    back = Classification(supplier=SUPPLIER)
    await classify(number, back, staff_id=staff, now=NOW)
    assert [await sweep_due_ladders(NOW) for _ in range(2)] == [2, 0]
    await reject(await action_of("verbal_warning"), note="", staff_id=staff, now=NOW)
    assert [await sweep_due_ladders(NOW) for _ in range(2)] == [1, 0]
    await edit_supplier(other, SupplierEdit(contract_started_on=date(2026, 1, 1)))
    assert [await sweep_due_ladders(NOW) for _ in range(2)] == [1, 0]
    await assign_if_unassigned(number, staff_id=staff, now=NOW)
    assert await sweep_due_ladders(NOW) == 0
    assert await sweep_due_ladders(NOW + timedelta(days=1)) == 2


async def test_a_sweep_counts_only_tickets_received_by_then(staff: int) -> None:
    await offend(3, staff, at=NOW)
    await offend(4, staff, at=NEXT_MONTH)
    assert (await sweep_ladders(NOW + timedelta(days=1))).proposed == 1
    assert await rungs() == [("verbal_warning", "proposed")]
    assert (await sweep_ladders(NEXT_MONTH + timedelta(days=1))).proposed == 2
