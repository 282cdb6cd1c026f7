"""The figures of the monthly analysis, defined once (DESIGN §2.8).

Bulk is counted by PostgreSQL; what it counts with is named here, so that anyone can recompute it.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Literal, get_args

from msgspec import Struct

StoredAnalysisState = Literal["draft", "submitted", "signed"]
STORED_ANALYSIS_STATES: tuple[StoredAnalysisState, ...] = get_args(StoredAnalysisState)
AnalysisState = Literal["open", StoredAnalysisState]
"""open: not drafted yet, so nothing is stored."""


class ParetoRow(Struct, frozen=True):
    """`share` and `cumulative` are of the total, 0 to 1; the last cumulative share is 1."""

    key: str
    count: int
    share: float
    cumulative: float


def attainment(met_in_time: int, judged: int) -> float | None:
    """The share of clocks met in time, of those that were met or are overdue; None of none.

    A clock still running within its time is not judged yet. One that was cancelled in time never
    is; one that was cancelled overdue is a breach.
    """
    return met_in_time / judged if judged else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Interpolated between neighbours, as `percentile_cont` of PostgreSQL; 0.5 is the median."""
    if not values:
        return None
    ordered = sorted(values)
    # Exact, since 0.9 * 10 is not 9 in floating point and would fall below its neighbour.
    place = Fraction(str(share)) * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * float(place - below)


def pareto(counts: Mapping[str, int]) -> tuple[ParetoRow, ...]:
    """Largest first, equals by key; keys that count nothing are left out."""
    ranked = sorted(((n, key) for key, n in counts.items() if n > 0), key=lambda r: (-r[0], r[1]))
    total = sum(count for count, _ in ranked)
    rows: list[ParetoRow] = []
    so_far = 0
    for count, key in ranked:
        so_far += count
        rows.append(ParetoRow(key, count, count / total, so_far / total))
    return tuple(rows)


def relative_change(now: float | None, before: float | None) -> float | None:
    """Growth since the month compared with: 0.25 is a quarter more; None if there is no base."""
    return None if now is None or not before else (now - before) / before
