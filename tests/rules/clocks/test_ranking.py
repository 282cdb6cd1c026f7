from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service_desk.rules.clocks.clock import Clock
from service_desk.rules.clocks.ranking import Ranking, RankReason, rank
from service_desk.rules.customers.tiering import TIERS, Tier
from service_desk.rules.tickets.vocabulary import SEVERITIES, ClockName, Severity

HOUR = timedelta(hours=1)
START = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)


def clock(name: ClockName, due: float, **changes: Any) -> Clock:
    running = Clock(
        name=name, ordinal=1, started_at=START, target_seconds=7200, due_at=START + due * HOUR,
        phase="running", anchor_at=START, anchor_elapsed=0, policy_version=1, calendar_version=None,
    )  # fmt: skip
    return replace(running, **changes)


CLOCKS = (clock("handling", 4), clock("response", 2), clock("resolution", 48))


@pytest.mark.parametrize(
    ("severity", "tier", "earlier", "head_start"),
    [
        ("normal", "C", 0, 0),
        ("safety", "C", 0, 24),
        ("high", None, 0, 4),
        ("low", "C", 0, -4),
        ("normal", "A", 0, 2),
        ("normal", "B", 0, 1),
        ("normal", "C", 1, 0.5),
        ("normal", "C", 4, 2),
        ("normal", "C", 40, 2),
        ("high", "A", 3, 7.5),
    ],
)
def test_head_starts(
    severity: Severity, tier: Tier | None, earlier: int, head_start: float
) -> None:
    ranking = rank(CLOCKS, severity, tier, earlier)
    assert ranking.rank_at == START + (2 - head_start) * HOUR


def test_the_sum_is_explained() -> None:
    assert rank(CLOCKS, "high", "A", 40).because == (
        RankReason("due", detail="response", at=START + 2 * HOUR),
        RankReason("severity", detail="high", seconds=4 * 3600),
        RankReason("tier", detail="A", seconds=2 * 3600),
        RankReason("earlier_complaints", seconds=2 * 3600, count=40),
    )
    assert len(rank(CLOCKS, "normal", "C", 0).because) == 1


def test_clocks_that_do_not_count() -> None:
    still = (
        clock("response", 2, phase="met", met_at=START),
        clock("handling", 4, phase="cancelled", cancelled_at=START),
        clock("resolution", 48, phase="paused", paused_at=START),
    )
    assert rank(still, "safety", "A", 9) == Ranking(None)
    assert rank((), "safety", "A", 9) == Ranking(None)
    assert rank((*still, clock("referral", 50)), "normal", None, 0).rank_at == START + 50 * HOUR


@given(
    st.permutations(CLOCKS),
    st.sampled_from(SEVERITIES),
    st.none() | st.sampled_from(TIERS),
    st.integers(0, 10),
)
def test_the_reasons_add_up(
    clocks: list[Clock], severity: Severity, tier: Tier | None, earlier: int
) -> None:
    ranking = rank(clocks, severity, tier, earlier)
    due, *head_starts = ranking.because
    total = timedelta(seconds=sum(reason.seconds for reason in head_starts))
    assert due.at is not None
    assert ranking.rank_at == due.at - total
    assert due.at == min(clock.due_at for clock in clocks)
