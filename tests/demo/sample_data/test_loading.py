"""The sample data, loaded as `up --demo` does it: once, for all checks."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from service_desk.assets.queries import list_assets
from service_desk.assets.schemas import AssetFilters
from service_desk.clocks.sweep import record_due_levels
from service_desk.dashboard.to_do import low_ratings
from service_desk.database import fetch, fetch_value
from service_desk.demo.sample_data.loading import load_sample_data
from service_desk.demo.sample_data.people import PASSWORD, SAMPLE_STAFF
from service_desk.reports.figures.months import Month
from service_desk.reports.figures.queries import calculate_figures
from service_desk.staff.operations import log_in
from tests.clocks.comparing import verified
from tests.factories import make_ticket

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


MAX_STATEMENTS = 23_000  # what the first start of a demo desk takes is mostly their round trips


def count_statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    statements: list[str] = []
    fetch_of_library = asyncpg.Connection.fetch

    async def fetch(self: asyncpg.Connection, query: str, *args: Any, **options: Any) -> Any:
        statements.append(query)
        return await fetch_of_library(self, query, *args, **options)

    monkeypatch.setattr(asyncpg.Connection, "fetch", fetch)
    return statements


async def counted(query: str) -> dict[Any, int]:
    return {row[0]: row[1] for row in await fetch(query)}


async def test_a_desk_of_three_months(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    progress: list[tuple[int, int]] = []
    statements = count_statements(monkeypatch)
    assert await load_sample_data(NOW, lambda opened, all_: progress.append((opened, all_)))
    assert len(statements) < MAX_STATEMENTS
    assert progress[-1][0] == progress[-1][1] == await fetch_value("SELECT count(*) FROM ticket")

    await _tickets()
    await _clocks()
    await _levels_of_late_are_on_time()
    await _suppliers()
    await _people()
    await _assets()
    await _months()
    await _nothing_is_left_to_send()
    await _it_is_loaded_once()


async def _tickets() -> None:
    states = await counted("SELECT state, count(*) FROM ticket GROUP BY 1")
    assert sum(states.values()) >= 200
    assert set(states) == {
        "new", "open", "waiting_customer", "waiting_supplier", "resolved", "closed",
    }  # fmt: skip
    assert {row["locale"] for row in await fetch("SELECT DISTINCT locale FROM ticket")} == {
        "en", "zh",
    }  # fmt: skip
    assert await fetch_value(
        "SELECT bool_and(at <= $1 AND recorded_at <= $1) FROM ticket_event", NOW
    )
    backwards = await fetch_value(
        "SELECT count(*) FROM (SELECT at < lag(at) OVER (PARTITION BY ticket ORDER BY id) AS back "
        "FROM ticket_event WHERE type NOT LIKE 'clock.%') AS e WHERE back"
    )
    assert backwards == 0


async def _clocks() -> None:
    """Most are met in time, some are not, and some are due soon."""
    for number in (9, 10, 11):
        for clock in (await calculate_figures(Month(2026, number), NOW)).clocks[:4]:
            assert clock.attainment is not None
            assert 0.78 <= clock.attainment <= 0.99, (number, clock)
    due = await counted(
        "SELECT CASE WHEN due_at < '2026-11-21T19:00Z' THEN 'over' "
        "WHEN due_at < '2026-11-21T19:30Z' THEN 'soon' ELSE 'later' END, count(*) "
        "FROM clock WHERE phase = 'running' GROUP BY 1"
    )
    assert due["over"] >= 3
    assert due["soon"] >= 2
    assert due["later"] >= 15
    assert await record_due_levels(NOW) <= 25, "levels of the last hours only are left to record"
    assert await verified(NOW) == []


async def _levels_of_late_are_on_time() -> None:
    lateness = await fetch(
        "SELECT recorded_at - at AS late FROM ticket_event WHERE type IN ('clock.level_reached', "
        "'clock.breached') AND at BETWEEN $1 AND $2",
        NOW - timedelta(days=29),
        NOW - timedelta(minutes=1),
    )
    assert len(lateness) > 50
    on_time = [row for row in lateness if row["late"] <= timedelta(seconds=2)]
    assert len(on_time) >= 0.95 * len(lateness)


async def _suppliers() -> None:
    rungs = await counted("SELECT rung || ' ' || state, count(*) FROM supplier_action GROUP BY 1")
    assert {
        "verbal_warning approved", "verbal_warning rejected", "verbal_warning proposed",
        "ultimatum approved", "ultimatum proposed", "removal proposed",
    } <= set(rungs)  # fmt: skip
    assert any(rung.startswith("complaint_fund") for rung in rungs)
    assert await fetch_value("SELECT count(*) FROM supplier") == 11
    assert await fetch_value("SELECT bool_and(amount > 0) FROM deposit_entry WHERE kind='deposit'")


async def _people() -> None:
    tiers = await counted("SELECT tier, count(*) FROM customer GROUP BY 1")
    assert set(tiers) == {"A", "B", "C"}
    revisits = await counted("SELECT state, count(*) FROM revisit GROUP BY 1")
    assert revisits["planned"] >= 20
    assert revisits["done"] >= 50
    assert await fetch_value("SELECT count(score) FROM rating") > 100
    assert {rating.rated_at > NOW - timedelta(days=4) for rating in await low_ratings()} <= {True}
    unread = "SELECT count(*) FROM notification WHERE read_at IS NULL AND at < $1"
    assert await fetch_value(unread, NOW - timedelta(days=4)) == 0
    roles = Counter(colleague.role for colleague in SAMPLE_STAFF)
    assert set(roles) == {"agent", "supervisor", "admin"}
    for colleague in (SAMPLE_STAFF[0], SAMPLE_STAFF[-1]):
        assert await log_in(colleague.email, PASSWORD, address="::1")


async def _assets() -> None:
    """In warranty and out of it; some are named on tickets."""
    filters = AssetFilters()
    units = (await list_assets(filters, limit=200, after=None, now=NOW)).items
    states = Counter(unit.warranty.state for unit in units)
    assert min(states[state] for state in ("in_warranty", "out_of_warranty", "unknown")) >= 5
    assert len({unit.serial_number for unit in units}) == len(units)
    named = await fetch_value(
        "SELECT count(*) FROM ticket t JOIN asset a USING (serial_number, product, customer)"
    )
    assert named >= 20


async def _months() -> None:
    states = await counted("SELECT to_char(month, 'MM'), 1 FROM monthly_analysis")
    assert set(states) >= {"09", "10"}
    states = {
        row["month"].month: row["state"]
        for row in await fetch("SELECT month, state FROM monthly_analysis")
    }
    assert (states[9], states[10]) == ("signed", "draft")


async def _nothing_is_left_to_send() -> None:
    states = await counted("SELECT state, count(*) FROM outbox GROUP BY 1")
    assert states.get("queued", 0) <= 3
    assert states["delivered"] > 500
    late = "SELECT count(*) FROM staff_alert WHERE notified_at IS NULL AND at < $1"
    assert await fetch_value(late, NOW) <= 25


async def _it_is_loaded_once() -> None:
    before = await fetch_value("SELECT count(*) FROM ticket_event")
    assert not await load_sample_data(NOW)
    assert await fetch_value("SELECT count(*) FROM ticket_event") == before


async def test_a_desk_with_tickets_of_its_own_is_left_alone(desk: str) -> None:
    await make_ticket()
    assert not await load_sample_data(NOW)
    assert await fetch_value("SELECT count(*) FROM staff") == 0
