"""A report made again as of a time is the same."""

import re
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from service_desk.database import fetch
from service_desk.reports.exports import export_month
from service_desk.reports.figures.clocks import clocks_as_of
from service_desk.reports.figures.months import Month
from service_desk.reports.figures.queries import calculate_figures
from service_desk.rules.tickets.event_types import CHANGING_FIGURES
from service_desk.settings import get_settings
from service_desk.suppliers.sweep import sweep_ladders
from tests.factories import NOW
from tests.imports.importing import imported
from tests.imports.source_files import csv_of
from tests.profiles import in_depth
from tests.reports.desk_life import Life

OCTOBER = Month(2026, 10)


async def report(month: Month, life: Life, as_of: Any = None) -> tuple[Any, list[Any]]:
    """Figures and rows of a month, as JSON has them."""
    export = await export_month(month, locale="en", now=life.now, as_of=as_of or life.now)
    rows = [msgspec.to_builtins(row) async for row in export.tickets()]
    return msgspec.to_builtins(export.figures), rows


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(in_depth(6, 2)))
async def test_a_report_made_again_as_of_a_time_is_the_same(desk: str, seed: int) -> None:
    """Whatever happens on the desk afterwards."""
    life = Life(Random(seed), NOW - timedelta(days=12))
    await life.begin()
    reports: list[tuple[datetime, tuple[Any, list[Any]]]] = []
    for _ in range(4):
        await life.run(22)
        await sweep_ladders(life.now)
        reports.append((life.now, await report(OCTOBER, life)))
    await life.run(30)
    for as_of, (figures, rows) in reports:
        again = await report(OCTOBER, life, as_of)
        assert again[0] == figures
        assert [_with_new_as_open(row) for row in again[1]] == [_with_new_as_open(r) for r in rows]


async def test_what_was_recorded_later_is_read_by_an_index(desk: str) -> None:
    """A type that changes figures is in the index, which lists the types too."""
    (index,) = await fetch("SELECT pg_get_indexdef('ticket_event_change_index'::regclass) AS made")
    assert set(re.findall(r"'([\w.]+)'", index["made"])) == set(CHANGING_FIGURES)


def _with_new_as_open(row: dict[str, Any]) -> dict[str, Any]:
    """The first action of an agent turns new into open without an event."""
    return row | {"state": "open" if row["state"] == "new" else row["state"]}


async def test_clocks_from_rows_and_from_events_are_the_same(desk: str) -> None:
    """Rows (if nothing was recorded since) and folded events give the same clocks."""
    life = Life(Random(99), NOW - timedelta(days=10))
    await life.begin()
    await life.run(60)
    bounds = OCTOBER.bounds(get_settings().zone)
    from_rows = await clocks_as_of(*bounds, life.now)
    as_of = life.now
    # An event that no clock reacts to, recorded later on every ticket: all are folded again.
    await fetch(
        "INSERT INTO ticket_event (ticket, type, at, recorded_at, actor, data) "
        "SELECT id, 'note.added', $1, $1, 'staff:1', '{\"message\": 1}' FROM ticket",
        as_of + timedelta(minutes=1),
    )
    from_events = await clocks_as_of(*bounds, as_of)
    assert _plain(from_events) == _plain(from_rows)
    assert sum(map(len, from_rows.values())) > 20


def _plain(clocks: Any) -> Any:
    return {
        ticket: {(c.name, c.ordinal): msgspec.structs.replace(c, pauses=()) for c in ticket_clocks}
        for ticket, ticket_clocks in clocks.items()
        if ticket_clocks
    }


async def test_events_recorded_later_do_not_count(desk: str) -> None:
    """An import of old complaints does not change their month as of a time before it."""
    await imported(csv_of())
    april = Month(2015, 4)
    assert (await calculate_figures(april, NOW)).totals.received == 2
    assert (await calculate_figures(april, NOW - timedelta(seconds=1))).totals.received == 0
