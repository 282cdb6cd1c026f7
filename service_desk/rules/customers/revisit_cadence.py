"""When a customer is contacted next, and what an outcome leads to (DESIGN §2.5)."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, get_args

from msgspec import Struct, field

from service_desk.rules.customers.tiering import Tier

# agreed: on a day agreed with the customer
RevisitKind = Literal["call", "visit", "after_resolution", "agreed"]
REVISIT_KINDS: tuple[RevisitKind, ...] = get_args(RevisitKind)
RevisitState = Literal["planned", "held", "done", "cancelled"]
REVISIT_STATES: tuple[RevisitState, ...] = get_args(RevisitState)
CallOutcome = Literal["reached", "no_answer", "refused", "moved"]
OUTCOMES: tuple[CallOutcome, ...] = get_args(CallOutcome)
ContactChannel = Literal["call", "visit"]
"""How a customer is contacted outside tickets."""
CONTACT_CHANNELS: tuple[ContactChannel, ...] = get_args(ContactChannel)
IsWorkday = Callable[[date], bool]

# No calendar is closed for longer; bounds the search in one without working days.
MAX_CLOSURE_DAYS = 60


class Interval(Struct, frozen=True):
    days: int = 0
    months: int = 0


class Cadence(Struct, frozen=True):
    """How often each tier is called and, in some cadences, visited."""

    name: str
    calls: dict[Tier, Interval]
    visits: dict[Tier, Interval] = {}


class RevisitPolicy(Struct, frozen=True):
    """`windows`: days either side of the target on which a revisit may lie, by tier.

    `after_resolution_days`: days from resolving a complaint to the first call, and to the second,
    which is made only if the rating was `poor_rating` or lower.
    """

    windows: dict[Tier, int] = field(default_factory=lambda: {"A": 1, "B": 5, "C": 20})
    after_resolution_days: tuple[int, int] = (3, 14)
    poor_rating: int = 3
    max_attempts: int = 3
    daily_capacity: int = 12


STANDARD = Cadence(
    "standard", calls={"A": Interval(days=7), "B": Interval(months=1), "C": Interval(months=6)}
)
SITE_VISITS = Cadence(
    "site_visits",
    calls={"A": Interval(days=7), "B": Interval(days=7), "C": Interval(days=14)},
    visits={"A": Interval(months=2), "B": Interval(months=3), "C": Interval(months=4)},
)
CADENCES = {cadence.name: cadence for cadence in (STANDARD, SITE_VISITS)}


class NextStep(Struct, frozen=True):
    """What follows from an outcome.

    `again_on`: the day to try the same revisit again; None: it is done. `resets`: the cadence
    counts from today. `gave_up`: the last attempt was not answered either.
    """

    again_on: date | None = None
    resets: bool = False
    gave_up: bool = False


def next_due(kind: RevisitKind, tier: Tier, last: date, cadence: Cadence) -> date | None:
    """The day a revisit is due after the `last` contact; None if the cadence plans none."""
    intervals = cadence.visits if kind == "visit" else cadence.calls
    interval = intervals.get(tier)
    return None if interval is None else add_interval(last, interval)


def add_interval(start: date, interval: Interval) -> date:
    """Months first, clipped to the end of the month (31 January + 1 = 28 February), then days."""
    months = start.month - 1 + interval.months
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, monthrange(year, month)[1])
    return date(year, month, day) + timedelta(days=interval.days)


def calls_after_resolution(
    resolved_on: date, rating: int | None, policy: RevisitPolicy
) -> tuple[date, ...]:
    """The days to call after a complaint: the second only if the rating was poor."""
    first, second = policy.after_resolution_days
    poor = rating is not None and rating <= policy.poor_rating
    days = (first, second) if poor else (first,)
    return tuple(resolved_on + timedelta(days=after) for after in days)


def after_outcome(
    outcome: CallOutcome, attempts: int, today: date, is_workday: IsWorkday, policy: RevisitPolicy
) -> NextStep:
    """`attempts`: calls made for this revisit so far, this one included.

    No answer: again on the next working day. Refused and moved count as contacts, so that the
    customer is not called again every day.
    """
    if outcome != "no_answer":
        return NextStep(resets=True)
    if attempts < policy.max_attempts:
        return NextStep(again_on=first_workday(today + timedelta(days=1), is_workday))
    return NextStep(resets=True, gave_up=True)


def first_workday(start: date, is_workday: IsWorkday) -> date:
    """`start` or the first working day after it; `start` if there is none."""
    days = (start + timedelta(days=after) for after in range(MAX_CLOSURE_DAYS))
    return next(filter(is_workday, days), start)
