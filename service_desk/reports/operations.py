"""The analysis on its way: drafted by the worker, edited, submitted, signed (DESIGN §2.8)."""

from datetime import datetime

from msgspec import to_builtins

from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import Conflict, StateCode
from service_desk.i18n.translate import N_
from service_desk.reports.figures.months import Month, month_at
from service_desk.reports.figures.queries import calculate_figures, measures_from_json
from service_desk.reports.figures.schemas import Countermeasures
from service_desk.settings import get_settings

MAX_DRAFTS = 12  # a desk that slept longer drafts the latest of them


async def draft_ended_months(now: datetime) -> int:
    """Draft every month that ended since the last draft; without one, the month just ended.

    Returns how many. Asked again, or by two workers at once, it drafts nothing more: a month is
    drafted once.
    """
    ended = month_at(now, get_settings().zone).later(-1)
    latest = await fetch_value("SELECT max(month) FROM monthly_analysis")
    month = ended if latest is None else Month(latest.year, latest.month).later(1)
    month = max(month, ended.later(1 - MAX_DRAFTS))
    drafted = 0
    while month <= ended:
        if await _has_tickets(month):
            drafted += await _draft(month, now)
        month = month.later(1)
    return drafted


async def start_draft(month: Month, now: datetime) -> None:
    """Begin the analysis of any month that has ended, for example of an imported year."""
    _must_have_ended(month, now)
    if not await _draft(month, now):
        raise Conflict("The analysis of {month} is there already.", month=str(month))


async def save_countermeasures(month: Month, measures: Countermeasures, now: datetime) -> None:
    """Write down the countermeasures. A submitted analysis becomes a draft again by it."""
    async with transaction():
        await _lock(
            month,
            ("draft", "submitted"),
            N_("The analysis of {month} is {state}; it cannot be edited."),
        )
        await fetch(
            "UPDATE monthly_analysis SET countermeasures = $2, state = 'draft', as_of = $3, "
            "submitted_at = NULL, submitted_by = NULL WHERE month = $1",
            month.first_day,
            to_builtins(measures),
            now,
        )


async def submit_analysis(month: Month, *, staff_id: int, now: datetime) -> None:
    """Hand it to whoever signs."""
    async with transaction():
        await _lock(
            month,
            ("draft",),
            N_("The analysis of {month} is {state}; only a draft can be submitted."),
        )
        await fetch(
            "UPDATE monthly_analysis SET state = 'submitted', submitted_at = $2, "
            "submitted_by = $3, as_of = $2 WHERE month = $1",
            month.first_day,
            now,
            staff_id,
        )


async def sign_analysis(month: Month, *, staff_id: int, now: datetime) -> None:
    """Freeze the figures as they stand now. From here on the month answers with them."""
    _must_have_ended(month, now)
    async with transaction():
        await _lock(
            month,
            ("submitted",),
            N_("The analysis of {month} is {state}; it is signed once it was submitted."),
        )
        figures = await calculate_figures(month, now)
        await fetch(
            "UPDATE monthly_analysis SET state = 'signed', signed_at = $2, signed_by = $3, "
            "as_of = $2, figures = $4 WHERE month = $1",
            month.first_day,
            now,
            staff_id,
            to_builtins(figures),
        )


async def _draft(month: Month, now: datetime) -> int:
    """1 if we were the one to draft it. Last month's countermeasures are there to follow up."""
    last = await fetch_value(
        "SELECT countermeasures FROM monthly_analysis WHERE month = $1", month.later(-1).first_day
    )
    measures = Countermeasures(followed_up=measures_from_json(last).planned)
    row = await fetch_one(
        "INSERT INTO monthly_analysis (month, state, as_of, countermeasures, drafted_at) "
        "VALUES ($1, 'draft', $2, $3, $2) ON CONFLICT (month) DO NOTHING RETURNING id",
        month.first_day,
        now,
        to_builtins(measures),
    )
    return 0 if row is None else 1


async def _has_tickets(month: Month) -> bool:
    """Whether the desk had begun: it has a ticket of that month or before."""
    _, end = month.bounds(get_settings().zone)
    return bool(await fetch_value("SELECT true FROM ticket WHERE received_at < $1 LIMIT 1", end))


async def _lock(month: Month, allowed: tuple[str, ...], refusal: str) -> None:
    """Hold the analysis; raises Conflict if it is in another state than these."""
    state = await fetch_value(
        "SELECT state FROM monthly_analysis WHERE month = $1 FOR UPDATE", month.first_day
    )
    if state not in allowed:
        raise Conflict(refusal, month=str(month), state=StateCode(state or "open", "analysis"))


def _must_have_ended(month: Month, now: datetime) -> None:
    if month >= month_at(now, get_settings().zone):
        raise Conflict("{month} has not ended yet.", month=str(month))
