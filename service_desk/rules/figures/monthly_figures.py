"""The figures of the monthly analysis (DESIGN §2.8).

PostgreSQL does the counting; the definitions are here, so that anyone can recompute them.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Literal, get_args

from msgspec import Struct

StoredAnalysisState = Literal["draft", "submitted", "signed"]
STORED_ANALYSIS_STATES: tuple[StoredAnalysisState, ...] = get_args(StoredAnalysisState)
AnalysisState = Literal["not_drafted", StoredAnalysisState]
"""Of a month that is not drafted, nothing is stored."""


class ParetoRow(Struct, frozen=True):
    """`share`, `cumulative`: of the total, 0 to 1."""

    key: str
    count: int
    share: float
    cumulative: float


def attainment(met_in_time: int, judged: int) -> float | None:
    """The share of the judged clocks that were met in time; None if none was judged.

    Judged are clocks that were met or are overdue, and those that were overdue when cancelled;
    not those still running within their time, or cancelled within it.
    """
    return met_in_time / judged if judged else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Interpolated linearly, as PostgreSQL's `percentile_cont`; `share` 0.5 is the median."""
    if not values:
        return None
    ordered = sorted(values)
    # A Fraction: products such as 0.9 * 10 need not be whole in floating point.
    place = Fraction(str(share)) * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * float(place - below)


def pareto(counts: Mapping[str, int]) -> tuple[ParetoRow, ...]:
    """Largest first, equals by key; zero counts are left out."""
    ranked = sorted(((n, key) for key, n in counts.items() if n > 0), key=lambda r: (-r[0], r[1]))
    total = sum(count for count, _ in ranked)
    rows: list[ParetoRow] = []
    so_far = 0
    for count, key in ranked:
        so_far += count
        rows.append(ParetoRow(key, count, count / total, so_far / total))
    return tuple(rows)


def relative_change(current: float | None, before: float | None) -> float | None:
    """0.25: a quarter more than `before`; None if either is unknown, or `before` is 0."""
    return None if current is None or not before else (current - before) / before
