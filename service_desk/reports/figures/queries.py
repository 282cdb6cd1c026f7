"""Reads of the monthly analysis."""

from datetime import datetime
from typing import Any

from msgspec import convert

from service_desk.database import fetch, fetch_one, long_statements
from service_desk.reports.figures.breakdowns import read_breakdowns
from service_desk.reports.figures.clocks import (
    ClocksByTicket,
    clock_figures,
    clocks_as_of,
    policies_used,
)
from service_desk.reports.figures.months import Month, month_at
from service_desk.reports.figures.schemas import Analysis, Countermeasures, Figures, MonthSummary
from service_desk.reports.figures.totals import read_totals
from service_desk.settings import get_settings

MAX_MONTHS = 120

_ANALYSIS = """
SELECT a.state, a.as_of, a.countermeasures, a.figures, a.drafted_at, a.submitted_at, a.signed_at,
    submitter.name AS submitted_by, signer.name AS signed_by
FROM monthly_analysis a LEFT JOIN staff submitter ON submitter.id = a.submitted_by
    LEFT JOIN staff signer ON signer.id = a.signed_by
WHERE a.month = $1
"""


async def read_report(
    month: Month, now: datetime, as_of: datetime | None = None
) -> tuple[Figures, Analysis]:
    """Figures and what people added.

    A signed month answers with the figures that were signed, unless `as_of` asks for another
    time; any other with those of now.
    """
    row = await fetch_one(_ANALYSIS, month.first_day)
    analysis = _analysis(row)
    if row is not None and row["figures"] is not None and as_of is None:
        return convert(row["figures"], Figures), analysis
    return await calculate_figures(month, min(as_of or now, now)), analysis


async def calculate_figures(month: Month, as_of: datetime) -> Figures:
    """All figures of a month as they stood then. The clocks are read once for each of three
    months, the rest in a handful of set-based queries."""
    zone = get_settings().zone
    before, year_before = month.later(-1), month.later(-12)
    with long_statements():
        found = await read_breakdowns(month, zone, as_of)
        clocks = await clocks_as_of(*month.bounds(zone), as_of)
        clocks_before = await clocks_as_of(*before.bounds(zone), as_of)
        clocks_year_before = await clocks_as_of(*year_before.bounds(zone), as_of)
        return Figures(
            month=str(month),
            timezone=zone.key,
            as_of=as_of,
            totals=await read_totals(*month.bounds(zone), as_of),
            month_before=await read_totals(*before.bounds(zone), as_of),
            year_before=await read_totals(*year_before.bounds(zone), as_of),
            clocks=await clock_figures(clocks, as_of),
            clocks_month_before=await clock_figures(clocks_before, as_of),
            clocks_year_before=await clock_figures(clocks_year_before, as_of),
            by_category=found.by_category,
            by_supplier=found.by_supplier,
            by_channel=found.counts["channel"],
            by_kind=found.counts["kind"],
            by_severity=found.counts["severity"],
            by_cause=found.counts["cause"],
            by_tier=found.counts["tier"],
            by_region=found.counts["region"],
            by_product=found.counts["product"],
            by_agent=found.counts["assignee"],
            by_day=found.by_day,
            by_hour=found.by_hour,
            policies=await policies_used(clocks),
        )


async def clocks_of(month: Month, as_of: datetime) -> ClocksByTicket:
    with long_statements():
        return await clocks_as_of(*month.bounds(get_settings().zone), as_of)


async def list_months(now: datetime) -> list[MonthSummary]:
    """Months with tickets or an analysis, newest first, the present one among them."""
    zone = get_settings().zone
    with long_statements():
        rows = await fetch(
            "SELECT coalesce(received.month, a.month) AS month, coalesce(n, 0) AS received, "
            "a.state, a.signed_at, signer.name AS signed_by FROM ("
            "SELECT date_trunc('month', received_at AT TIME ZONE $1)::date AS month, count(*) AS n "
            "FROM ticket WHERE merged_into IS NULL GROUP BY 1) AS received "
            "FULL JOIN monthly_analysis a ON a.month = received.month "
            "LEFT JOIN staff signer ON signer.id = a.signed_by ORDER BY 1 DESC LIMIT $2",
            zone.key,
            MAX_MONTHS,
        )
    listed = [
        MonthSummary(
            str(Month(row["month"].year, row["month"].month)),
            row["state"] or "open",
            row["received"],
            row["signed_at"],
            row["signed_by"],
        )
        for row in rows
    ]
    present = str(month_at(now, zone))
    if present not in {month.month for month in listed}:
        listed.insert(0, MonthSummary(present, "open", 0, None, None))
    return sorted(listed, key=lambda month: month.month, reverse=True)


def _analysis(row: Any) -> Analysis:
    if row is None:
        return Analysis()
    return Analysis(
        state=row["state"],
        measures=measures_from_json(row["countermeasures"]),
        drafted_at=row["drafted_at"],
        submitted_at=row["submitted_at"],
        submitted_by=row["submitted_by"],
        signed_at=row["signed_at"],
        signed_by=row["signed_by"],
    )


def measures_from_json(stored: Any) -> Countermeasures:
    """From the JSON column; one that was never written to is empty."""
    return convert(stored, Countermeasures) if stored else Countermeasures()
