"""Reads of the monthly analysis."""

from datetime import datetime
from typing import Any

from msgspec import convert

from service_desk.database import fetch, fetch_one, patiently
from service_desk.reports.figures.breakdowns import read_breakdowns
from service_desk.reports.figures.clocks import (
    ClocksByTicket,
    figures_of,
    policies_used,
    read_clocks,
)
from service_desk.reports.figures.months import Month, month_at
from service_desk.reports.figures.schemas import Analysis, Figures, Measures, MonthListed
from service_desk.reports.figures.totals import read_totals
from service_desk.settings import get_settings

MOST_MONTHS = 120

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
    return await make_figures(month, min(as_of or now, now)), analysis


async def make_figures(month: Month, as_of: datetime) -> Figures:
    """All figures of a month as they stood then. The clocks are read once for each of three
    months, the rest in a handful of set-based queries."""
    zone = get_settings().zone
    before, year_before = month.later(-1), month.later(-12)
    with patiently():
        found = await read_breakdowns(month, zone, as_of)
        clocks = await read_clocks(*month.bounds(zone), as_of)
        clocks_before = await read_clocks(*before.bounds(zone), as_of)
        clocks_year_before = await read_clocks(*year_before.bounds(zone), as_of)
        return Figures(
            month=str(month),
            timezone=zone.key,
            as_of=as_of,
            totals=await read_totals(*month.bounds(zone), as_of),
            month_before=await read_totals(*before.bounds(zone), as_of),
            year_before=await read_totals(*year_before.bounds(zone), as_of),
            clocks=await figures_of(clocks, as_of),
            clocks_month_before=await figures_of(clocks_before, as_of),
            clocks_year_before=await figures_of(clocks_year_before, as_of),
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
    with patiently():
        return await read_clocks(*month.bounds(get_settings().zone), as_of)


async def list_months(now: datetime) -> list[MonthListed]:
    """Months with tickets or an analysis, newest first, the present one among them."""
    zone = get_settings().zone
    with patiently():
        rows = await fetch(
            "SELECT coalesce(received.month, a.month) AS month, coalesce(n, 0) AS received, "
            "a.state, a.signed_at, signer.name AS signed_by FROM ("
            "SELECT date_trunc('month', received_at AT TIME ZONE $1)::date AS month, count(*) AS n "
            "FROM ticket WHERE merged_into IS NULL GROUP BY 1) AS received "
            "FULL JOIN monthly_analysis a ON a.month = received.month "
            "LEFT JOIN staff signer ON signer.id = a.signed_by ORDER BY 1 DESC LIMIT $2",
            zone.key,
            MOST_MONTHS,
        )
    listed = [
        MonthListed(
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
        listed.insert(0, MonthListed(present, "open", 0, None, None))
    return sorted(listed, key=lambda month: month.month, reverse=True)


def _analysis(row: Any) -> Analysis:
    if row is None:
        return Analysis()
    return Analysis(
        state=row["state"],
        measures=read_measures(row["countermeasures"]),
        drafted_at=row["drafted_at"],
        submitted_at=row["submitted_at"],
        submitted_by=row["submitted_by"],
        signed_at=row["signed_at"],
        signed_by=row["signed_by"],
    )


def read_measures(stored: Any) -> Measures:
    """From the JSON column; one that was never written to is empty."""
    return convert(stored, Measures) if stored else Measures()
