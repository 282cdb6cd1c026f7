"""Reads the monthly analysis: figures, countermeasures, the list of months."""

from datetime import datetime

from msgspec import convert

from service_desk.database import fetch, long_statements
from service_desk.reports.figures.breakdowns import read_breakdowns
from service_desk.reports.figures.clocks import (
    ClocksByTicket,
    clock_figures,
    clocks_as_of,
    policies_used,
)
from service_desk.reports.figures.months import Month, month_at
from service_desk.reports.figures.schemas import Analysis, Figures, MonthSummary
from service_desk.reports.figures.totals import read_totals
from service_desk.rows import get, get_value
from service_desk.settings import get_settings
from service_desk.tables import MonthlyAnalysis
from service_desk.tickets.recording import wait_for_recordings

MAX_MONTHS = 120

_NAMES_OF_STAFF = {
    "submitted_by": MonthlyAnalysis.submitted_by.name,
    "signed_by": MonthlyAnalysis.signed_by.name,
}

MONTHS = """
SELECT coalesce(received.month, a.month) AS month, coalesce(tickets, 0) AS received,
    a.state, a.signed_at, signer.name AS signed_by
FROM (
    SELECT date_trunc('month', received_at AT TIME ZONE $1)::date AS month, count(*) AS tickets
    FROM ticket WHERE merged_into IS NULL GROUP BY 1
) AS received
    FULL JOIN monthly_analysis a ON a.month = received.month
    LEFT JOIN staff signer ON signer.id = a.signed_by
ORDER BY 1 DESC LIMIT $2
"""


async def read_report(
    month: Month, now: datetime, as_of: datetime | None = None
) -> tuple[Figures, Analysis]:
    """The figures of a month, and what people added.

    Of a signed month the signed figures, unless `as_of` is given; of any other month those as of
    now. With `as_of`, what people added since is left out.
    """
    analysis = await get(Analysis, MonthlyAnalysis, columns=_NAMES_OF_STAFF, month=month.first_day)
    if analysis is not None and analysis.state == "signed" and as_of is None:
        signed = await get_value(MonthlyAnalysis.figures, month=month.first_day)
        if signed is not None:
            return convert(signed, Figures), analysis
        now = analysis.signed_at or now  # they are about to be frozen
    await wait_for_recordings()
    figures = await calculate_figures(month, min(as_of or now, now))
    analysis = analysis or Analysis()
    return figures, analysis if as_of is None else analysis_as_of(analysis, as_of)


def analysis_as_of(analysis: Analysis, as_of: datetime) -> Analysis:
    """The state that it had then. What was planned is known of a month that was signed by then:
    before, each edit replaces it."""
    if analysis.drafted_at is None or as_of < analysis.drafted_at:
        return Analysis()
    if analysis.signed_at is not None and analysis.signed_at <= as_of:
        return analysis
    submitted = analysis.submitted_at is not None and analysis.submitted_at <= as_of
    return Analysis(
        state="submitted" if submitted else "draft",
        drafted_at=analysis.drafted_at,
        submitted_at=analysis.submitted_at if submitted else None,
        submitted_by=analysis.submitted_by if submitted else None,
    )


async def calculate_figures(month: Month, as_of: datetime) -> Figures:
    """All figures of a month as of that time: the clocks of three months, read once each, and a
    few aggregate queries."""
    zone = get_settings().zone
    before, year_before = month.plus_months(-1), month.plus_months(-12)
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
    """The current month and those with tickets or an analysis, newest first."""
    zone = get_settings().zone
    with long_statements():
        rows = await fetch(MONTHS, zone.key, MAX_MONTHS)
    listed = [
        MonthSummary(
            str(Month(row["month"].year, row["month"].month)),
            row["state"] or "not_drafted",
            row["received"],
            row["signed_at"],
            row["signed_by"],
        )
        for row in rows
    ]
    current = str(month_at(now, zone))
    if current not in {month.month for month in listed}:
        listed.insert(0, MonthSummary(current, "not_drafted", 0, None, None))
    return sorted(listed, key=lambda month: month.month, reverse=True)
