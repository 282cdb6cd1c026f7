"""The tickets of a month by every dimension, grouped in one pass."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from service_desk.database import fetch, fetch_as
from service_desk.reports.figures.months import Month
from service_desk.reports.figures.schemas import (
    CategoryRow,
    DayCount,
    DimensionCount,
    HourCount,
    RungRow,
    SupplierRow,
)
from service_desk.reports.figures.ticket_snapshots import (
    OFFENCE,
    RECEIVED_IN_MONTH,
    TICKETS_AS_OF,
)
from service_desk.rules.figures.monthly_figures import pareto
from service_desk.rules.suppliers.actions import ActionState
from service_desk.rules.suppliers.ladder import RUNGS, Rung

MAX_VALUES = 20  # of a dimension; products and regions may have thousands

# In the order of the bits of GROUPING: the first is the highest.
_DIMENSIONS = ("channel", "kind", "severity", "cause", "tier", "region", "product", "assignee",
            "category", "supplier")  # fmt: skip

# $4: the desk's time zone.
_BREAKDOWNS = f"""
WITH {RECEIVED_IN_MONTH}, known AS (
    SELECT snapshot.*, customer.region,
        coalesce((SELECT tier_before FROM tier_change WHERE tier_change.customer = customer.id
                  AND at > $3 ORDER BY id LIMIT 1), customer.tier) AS tier,
        extract(isodow FROM received_at AT TIME ZONE $4)::int AS weekday,
        extract(hour FROM received_at AT TIME ZONE $4)::int AS hour
    FROM snapshot JOIN customer ON customer.id = snapshot.customer
)
SELECT {", ".join(_DIMENSIONS)}, weekday, hour, GROUPING({", ".join(_DIMENSIONS)}) AS grouped,
    count(*) AS received, count(done_at) AS resolved,
    count(*) FILTER (WHERE {OFFENCE}) AS offences
FROM known
GROUP BY GROUPING SETS ({", ".join(f"({name})" for name in _DIMENSIONS)}, (weekday, hour))
"""
_DAYS = f"""
WITH scope AS (
    SELECT * FROM ticket
    WHERE received_at < $2 AND (received_at >= $1 OR resolved_at IS NULL OR resolved_at >= $1)
), {TICKETS_AS_OF}, days AS (
    SELECT (received_at AT TIME ZONE $4)::date AS day, 1 AS received, 0 AS resolved
    FROM snapshot WHERE received_at >= $1
    UNION ALL
    SELECT (done_at AT TIME ZONE $4)::date, 0, 1
    FROM snapshot WHERE done_at >= $1 AND done_at < $2
)
SELECT day, sum(received)::int AS received, sum(resolved)::int AS resolved
FROM days GROUP BY day ORDER BY day
"""
_RUNGS = """
SELECT s.name AS supplier, a.rung, c.name_en, c.name_zh,
    CASE WHEN a.decided_at IS NULL OR a.decided_at <= $2 THEN a.state
        WHEN a.approved_at <= $2 THEN 'approved' ELSE 'proposed' END AS state
FROM supplier_action a JOIN supplier s ON s.id = a.supplier
    LEFT JOIN category c ON c.id = a.category
WHERE a.month = $1 AND a.proposed_at <= $2
"""
_NAMES = """
SELECT 'category' AS of, id, code AS key, name_en, name_zh FROM category WHERE id = ANY($1)
UNION ALL SELECT 'supplier', id, name, '', '' FROM supplier WHERE id = ANY($2)
UNION ALL SELECT 'assignee', id, name, '', '' FROM staff WHERE id = ANY($3)
"""


class _Named(Struct, frozen=True):
    """A category's code and names, or the name of a supplier or an assignee, as `key`."""

    of: str
    id: int
    key: str
    name_en: str
    name_zh: str


_Names = dict[tuple[str, int], _Named]
"""By dimension and id."""


class _SupplierRung(Struct, frozen=True):
    supplier: str
    rung: Rung
    state: ActionState
    name_en: str | None
    name_zh: str | None


class Breakdowns(Struct, frozen=True):
    """Counts by dimension, in the shapes of `Figures`."""

    by_category: list[CategoryRow]
    by_supplier: list[SupplierRow]
    by_hour: list[HourCount]
    by_day: list[DayCount]
    counts: dict[str, list[DimensionCount]]


async def read_breakdowns(month: Month, zone: ZoneInfo, as_of: datetime) -> Breakdowns:
    start, end = month.bounds(zone)
    rows = await fetch(_BREAKDOWNS, start, end, as_of, zone.key)
    groups: dict[str, list[Any]] = {name: [] for name in _DIMENSIONS}
    hours: list[HourCount] = []
    for row in rows:
        dimension = _dimension(row["grouped"])
        if dimension is None:
            hours.append(HourCount(row["weekday"], row["hour"], row["received"]))
        else:
            groups[dimension].append(row)
    names = await _read_names(groups)
    days = await fetch(_DAYS, start, end, as_of, zone.key)
    rungs = await fetch_as(_SupplierRung, _RUNGS, month.first_day, as_of)
    return Breakdowns(
        by_category=_by_category(groups["category"], names),
        by_supplier=_by_supplier(groups["supplier"], names, rungs),
        by_hour=sorted(hours, key=lambda hour: (hour.weekday, hour.hour)),
        by_day=[DayCount(row["day"], row["received"], row["resolved"]) for row in days],
        counts={
            name: _counts(groups[name], name, names)
            for name in _DIMENSIONS
            if name not in ("category", "supplier")
        },
    )


def _dimension(grouped: int) -> str | None:
    """GROUPING sets a bit for each column that is not grouped by. None: by weekday and hour."""
    for bit, name in enumerate(reversed(_DIMENSIONS)):
        if not grouped >> bit & 1:
            return name
    return None


async def _read_names(groups: dict[str, list[Any]]) -> _Names:
    ids = {
        name: [row[name] for row in groups[name] if row[name] is not None]
        for name in ("category", "supplier", "assignee")
    }
    found = await fetch_as(_Named, _NAMES, *ids.values())
    return {(named.of, named.id): named for named in found}


def _by_category(rows: Iterable[Any], names: _Names) -> list[CategoryRow]:
    by_code = {named.key: named for named in names.values() if named.of == "category"}
    counts = {_key(row["category"], "category", names): row["received"] for row in rows}
    return [
        CategoryRow(
            code=ranked.key,
            name_en=by_code[ranked.key].name_en if ranked.key else "",
            name_zh=by_code[ranked.key].name_zh if ranked.key else "",
            received=ranked.count,
            share=ranked.share,
            cumulative=ranked.cumulative,
        )
        for ranked in pareto(counts)
    ]


def _by_supplier(
    rows: Iterable[Any], names: _Names, rungs: Iterable[_SupplierRung]
) -> list[SupplierRow]:
    rungs_by_supplier: dict[str, list[RungRow]] = {}
    for rung in sorted(rungs, key=lambda rung: -RUNGS.index(rung.rung)):
        rungs_by_supplier.setdefault(rung.supplier, []).append(
            RungRow(rung.rung, rung.state, rung.name_en, rung.name_zh)
        )
    suppliers = [
        SupplierRow(
            name=(name := _key(row["supplier"], "supplier", names)),
            received=row["received"],
            offences=row["offences"],
            resolved=row["resolved"],
            rungs=rungs_by_supplier.pop(name, []),
        )
        for row in rows
        if row["supplier"] is not None
    ]
    # Suppliers with a rung, but without a ticket in the month.
    suppliers += [SupplierRow(name, 0, 0, 0, rungs) for name, rungs in rungs_by_supplier.items()]
    return sorted(suppliers, key=lambda row: (-row.offences, -row.received, row.name))


def _counts(rows: Iterable[Any], dimension: str, names: _Names) -> list[DimensionCount]:
    """Most first; tickets without a value last, as "". The tail of a long list is one row, "…"."""
    counts = [
        DimensionCount(_key(row[dimension], dimension, names), row["received"], row["resolved"])
        for row in rows
    ]
    counts.sort(key=lambda count: (count.key == "", -count.received, count.key))
    if len(counts) <= MAX_VALUES + 1:
        return counts
    tail = counts[MAX_VALUES:]
    rest = DimensionCount("…", sum(c.received for c in tail), sum(c.resolved for c in tail))
    return [*counts[:MAX_VALUES], rest]


def _key(value: Any, dimension: str, names: _Names) -> str:
    """The value itself, or the name or code that its id stands for; "" for none."""
    if value is None:
        return ""
    named = names.get((dimension, value))
    return value if named is None else named.key
