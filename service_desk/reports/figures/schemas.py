"""The monthly analysis: figures, and what people add to them."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from service_desk.rules.clocks.clock import ClockState
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.figures.monthly_figures import AnalysisState
from service_desk.rules.suppliers.actions import ActionState
from service_desk.rules.suppliers.ladder import Rung
from service_desk.rules.tickets.states import TicketState
from service_desk.rules.tickets.vocabulary import Cause, Channel, ClockName, Kind, Severity


class Totals(Struct, frozen=True):
    """A month in one row. Rates are 0 to 1; None: nothing to divide by.

    `received`: tickets that reached us in the month. `resolved`: tickets whose current end lies in
    the month; `undated` of them were imported without a date (decision 0040).
    `open_at_end` = open at the start + received − resolved. `reopened`: tickets reopened in the
    month; `reopen_rate` is their share of the resolved. `repeat_customers`: customers of the month
    with more than one ticket since 30 days before it. `rating`: mean of the ratings given in it.
    """

    received: int
    resolved: int
    undated: int
    open_at_end: int
    reopened: int
    reopen_rate: float | None
    customers: int
    repeat_customers: int
    ratings: int
    low_ratings: int
    rating: float | None


class ClockFigures(Struct, frozen=True):
    """One clock, over all tickets received in the month.

    `judged`: met, or overdue at the as-of time; `attainment` is the share of these met in time.
    Median and 90th percentile are in working seconds, of the clocks that were met.
    `due_set_manually`: clocks whose due time a person set.
    """

    clock: ClockName
    started: int
    judged: int
    in_time: int
    breached: int
    attainment: float | None
    median_seconds: int | None
    p90_seconds: int | None
    due_set_manually: int = 0


class CategoryRow(Struct, frozen=True):
    """Largest first. Shares are of all tickets received. `code` "": not categorised."""

    code: str
    name_en: str
    name_zh: str
    received: int
    share: float
    cumulative: float


class RungRow(Struct, frozen=True):
    """A step of the ladder proposed for this month, and the state of the proposal."""

    rung: Rung
    state: ActionState
    category_en: str | None
    category_zh: str | None


class SupplierRow(Struct, frozen=True):
    """`offences`: complaints of the month caused by the supplier. Most offences first."""

    name: str
    received: int
    offences: int
    resolved: int
    rungs: list[RungRow]


class DimensionCount(Struct, frozen=True):
    """Tickets received in the month with one value of a dimension; `resolved`: how many of them."""

    key: str
    received: int
    resolved: int


class DayCount(Struct, frozen=True):
    day: date
    received: int
    resolved: int


class HourCount(Struct, frozen=True):
    """`weekday`: 1 is Monday, 7 Sunday."""

    weekday: int
    hour: int
    received: int


class PolicyUsed(Struct, frozen=True):
    """A version of an SLA policy and of its calendar that applied to clocks of the month."""

    policy: str
    version: int
    calendar: str | None
    calendar_version: int | None
    tickets: int


class Countermeasure(Struct, frozen=True, forbid_unknown_fields=True):
    """What, who, by when, and the outcome."""

    what: Annotated[str, Meta(min_length=1, max_length=500)]
    who: Annotated[str, Meta(max_length=100)] = ""
    by: date | None = None
    outcome: Annotated[str, Meta(max_length=500)] = ""


class Countermeasures(Struct, frozen=True, forbid_unknown_fields=True):
    """`planned`: from this month on. `followed_up`: last month's, with their outcome."""

    planned: Annotated[list[Countermeasure], Meta(max_length=30)] = []
    followed_up: Annotated[list[Countermeasure], Meta(max_length=30)] = []


class Figures(Struct, frozen=True):
    """All figures of a month as of `as_of`: calculated again as of then, they are the same."""

    month: str
    timezone: str
    as_of: datetime
    totals: Totals
    month_before: Totals
    year_before: Totals
    clocks: list[ClockFigures]
    clocks_month_before: list[ClockFigures]
    clocks_year_before: list[ClockFigures]
    by_category: list[CategoryRow]
    by_supplier: list[SupplierRow]
    by_channel: list[DimensionCount]
    by_kind: list[DimensionCount]
    by_severity: list[DimensionCount]
    by_cause: list[DimensionCount]
    by_tier: list[DimensionCount]
    by_region: list[DimensionCount]
    by_product: list[DimensionCount]
    by_agent: list[DimensionCount]
    by_day: list[DayCount]
    by_hour: list[HourCount]
    policies: list[PolicyUsed]


class Analysis(Struct, frozen=True):
    """What people add to the figures. `open`: the month has no draft yet."""

    state: AnalysisState = "not_drafted"
    countermeasures: Countermeasures = field(default_factory=Countermeasures)
    drafted_at: datetime | None = None
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    signed_at: datetime | None = None
    signed_by: str | None = None


class ClockOutcome(Struct, frozen=True):
    """`state`: as in REST (DESIGN §3). `seconds`: working seconds used."""

    state: ClockState
    seconds: int


class TicketRow(Struct, frozen=True):
    """One ticket as of the as-of time. `clocks`: the first of each name."""

    number: str
    received_at: datetime
    resolved_at: datetime | None
    state: TicketState
    kind: Kind
    severity: Severity
    channel: Channel
    subject: str
    customer: str
    tier: Tier
    region: str | None
    product: str | None
    serial_number: str | None
    category: str | None
    category_en: str | None
    category_zh: str | None
    cause: Cause
    supplier: str | None
    assignee: str | None
    reopened: int
    rating: int | None
    clocks: dict[str, ClockOutcome]


class MonthlyReport(Figures, frozen=True):
    """The response of `GET /reports/complaints/{yyyy-mm}.json`."""

    analysis: Analysis
    tickets: list[TicketRow]


class MonthSummary(Struct, frozen=True):
    """A row of the list of months."""

    month: str
    state: AnalysisState
    received: int
    signed_at: datetime | None
    signed_by: str | None
