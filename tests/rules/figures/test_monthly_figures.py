import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.figures.monthly_figures import (
    ParetoRow,
    attainment,
    pareto,
    percentile,
    relative_change,
)


def test_attainment() -> None:
    assert attainment(3, 4) == 0.75
    assert attainment(0, 4) == 0
    assert attainment(0, 0) is None


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.9, 7),
        ([1, 2], 0.5, 1.5),
        ([3, 1, 2], 0.5, 2),
        (list(range(11)), 0.9, 9),
        (list(range(10)), 0.9, 8.1),
    ],
)
def test_percentile(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == pytest.approx(expected)


figures = st.lists(st.integers(0, 10_000), min_size=2, max_size=50)


@given(figures)
def test_percentile_matches_the_standard_library(values: list[int]) -> None:
    assert percentile(values, 0.5) == pytest.approx(statistics.median(values))
    deciles = statistics.quantiles(values, n=10, method="inclusive")
    assert percentile(values, 0.9) == pytest.approx(deciles[-1])


def test_pareto() -> None:
    assert pareto({"b": 1, "a": 1, "c": 2, "d": 0}) == (
        ParetoRow("c", 2, 0.5, 0.5),
        ParetoRow("a", 1, 0.25, 0.75),
        ParetoRow("b", 1, 0.25, 1.0),
    )


@given(st.dictionaries(st.text("abc", max_size=3), st.integers(0, 50)))
def test_pareto_shares_add_up(counts: dict[str, int]) -> None:
    rows = pareto(counts)
    assert sum(row.count for row in rows) == sum(counts.values())
    assert [row.count for row in rows] == sorted((n for n in counts.values() if n), reverse=True)
    if rows:
        assert rows[-1].cumulative == 1
    for place, row in enumerate(rows):
        assert row.cumulative == pytest.approx(sum(r.share for r in rows[: place + 1]))


def test_relative_change() -> None:
    assert relative_change(5, 4) == 0.25
    assert relative_change(3, 4) == -0.25
    assert relative_change(5, 0) is None
    assert relative_change(None, 4) is None
