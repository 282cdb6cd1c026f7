"""The stages of a monthly analysis: drafted, edited, submitted, signed (DESIGN §2.8)."""

from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct, convert, to_builtins

from service_desk.database import fetch_value, transaction
from service_desk.errors import Conflict, StateCode
from service_desk.i18n.translate import N_
from service_desk.reports.figures.months import Month, month_at
from service_desk.reports.figures.queries import calculate_figures
from service_desk.reports.figures.schemas import Countermeasures
from service_desk.rows import exists, get, get_value, update
from service_desk.rules.figures.monthly_figures import AnalysisState
from service_desk.settings import get_settings
from service_desk.tables import MonthlyAnalysis, Ticket
from service_desk.tickets.recording import wait_for_recordings

MAX_DRAFTS = 12  # after a long downtime, the latest months only
COMMITTED_AFTER = timedelta(minutes=1)  # a request is over long before

LATEST_MONTH = "SELECT max(month) FROM monthly_analysis"
INSERT_DRAFT = """
INSERT INTO monthly_analysis (month, state, as_of, countermeasures, drafted_at)
VALUES ($1, 'draft', $2, $3, $2)
ON CONFLICT (month) DO NOTHING
RETURNING true
"""


class _State(Struct, frozen=True):
    state: AnalysisState


class _SignedMonth(Struct, frozen=True):
    month: date
    as_of: datetime


async def draft_ended_months(now: datetime) -> int:
    """Draft every month that has ended since the last draft; without one, only the last month.

    Returns how many drafts it created. A month is drafted once, also if two workers call this at
    the same time.
    """
    ended = month_at(now, get_settings().zone).plus_months(-1)
    latest = await fetch_value(LATEST_MONTH)
    month = ended if latest is None else Month(latest.year, latest.month).plus_months(1)
    month = max(month, ended.plus_months(1 - MAX_DRAFTS))
    drafted = 0
    while month <= ended:
        if await _has_tickets(month):
            drafted += await _draft(month, now)
        month = month.plus_months(1)
    return drafted


async def start_draft(month: Month, now: datetime) -> None:
    """Draft any month that has ended, for example of an imported year."""
    _require_ended(month, now)
    if not await _draft(month, now):
        raise Conflict("The analysis of {month} already exists.", month=str(month))


async def save_countermeasures(
    month: Month, countermeasures: Countermeasures, now: datetime
) -> None:
    """Saving returns a submitted analysis to draft."""
    async with transaction():
        await _lock(
            month,
            ("draft", "submitted"),
            N_("The analysis of {month} is {state} and cannot be edited."),
        )
        await _update(
            month,
            state="draft",
            countermeasures=to_builtins(countermeasures),
            as_of=now,
            submitted_at=None,
            submitted_by=None,
        )


async def submit_analysis(month: Month, *, staff_id: int, now: datetime) -> None:
    """Submit a draft for signature."""
    async with transaction():
        await _lock(
            month,
            ("draft",),
            N_("The analysis of {month} is {state}; only a draft can be submitted."),
        )
        await _update(month, state="submitted", submitted_at=now, submitted_by=staff_id, as_of=now)


async def sign_analysis(month: Month, *, staff_id: int, now: datetime) -> None:
    """From now on the month shows its figures as of now. They are the same whenever they are
    calculated, so this waits for none: `freeze_signed_months` keeps them."""
    _require_ended(month, now)
    async with transaction():
        await _lock(
            month,
            ("submitted",),
            N_("The analysis of {month} is {state}; only a submitted one can be signed."),
        )
        await _update(month, state="signed", signed_at=now, signed_by=staff_id, as_of=now)


async def freeze_signed_months(now: datetime) -> bool:
    """Keep the figures of one month as of its signature; whether there was one. Nothing is locked
    meanwhile: two workers at once would keep the same.

    It waits until what was begun before the signature is committed: it counts, too.
    """
    signed = await get(
        _SignedMonth,
        MonthlyAnalysis,
        MonthlyAnalysis.signed_at <= now - COMMITTED_AFTER,
        state="signed",
        figures=None,
    )
    if signed is None:
        return False
    await wait_for_recordings()
    month = Month(signed.month.year, signed.month.month)
    figures = await calculate_figures(month, signed.as_of)
    kept = {MonthlyAnalysis.figures: to_builtins(figures)}
    await update(MonthlyAnalysis, kept, month=signed.month, figures=None)
    return True


async def _draft(month: Month, now: datetime) -> bool:
    """Whether a draft was created. It lists the previous month's countermeasures to follow up."""
    last_month = month.plus_months(-1).first_day
    stored = await get_value(MonthlyAnalysis.countermeasures, month=last_month)
    follow_up = convert(stored or {}, Countermeasures).planned
    countermeasures = to_builtins(Countermeasures(followed_up=follow_up))
    created = await fetch_value(INSERT_DRAFT, month.first_day, now, countermeasures)
    return created is not None


async def _has_tickets(month: Month) -> bool:
    """Whether the desk has a ticket of that month or an earlier one."""
    _, end = month.bounds(get_settings().zone)
    return await exists(Ticket, Ticket.received_at < end)


async def _lock(month: Month, allowed: tuple[str, ...], message: str) -> None:
    """Lock the analysis. Raises Conflict with this message if it is in another state."""
    found = await get(_State, MonthlyAnalysis, lock=True, month=month.first_day)
    state: AnalysisState = "not_drafted" if found is None else found.state
    if state not in allowed:
        raise Conflict(message, month=str(month), state=StateCode(state, "analysis_state"))


async def _update(month: Month, **values: Any) -> None:
    await update(MonthlyAnalysis, values, month=month.first_day)


def _require_ended(month: Month, now: datetime) -> None:
    if month >= month_at(now, get_settings().zone):
        raise Conflict("{month} has not ended yet.", month=str(month))
