from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from service_desk.demo.sample_data.people import customers
from service_desk.demo.sample_data.stories import OPEN_NOW, Story, stories

ZONE = ZoneInfo("Asia/Shanghai")
MOMENTS = [
    datetime(2026, 11, 21, 19, 0, tzinfo=UTC),
    datetime(2026, 10, 31, 16, 5, tzinfo=UTC),  # the 1st has just begun
    datetime(2027, 3, 1, 3, 0, tzinfo=UTC),
]


def sample_stories(now: datetime) -> list[Story]:
    random = Random(20)
    return stories(customers(random), now, ZONE, random)


@pytest.mark.parametrize("now", MOMENTS)
def test_three_months_of_a_real_desk(now: datetime) -> None:
    made = sample_stories(now)
    assert 200 <= len(made) <= 280
    assert made == sorted(made, key=lambda story: story.received_at)
    assert made[-1].received_at < now
    assert made[0].received_at > now - timedelta(days=125)
    assert {story.locale for story in made} == {"en", "zh"}
    assert {story.channel for story in made} == {"sms", "web", "call", "counter", "api"}
    assert {story.issue.kind for story in made} == {
        "complaint", "repair", "exchange_return", "enquiry",
    }  # fmt: skip
    assert len({story.customer for story in made}) > 100


def test_the_same_every_time() -> None:
    assert sample_stories(MOMENTS[0]) == sample_stories(MOMENTS[0])


def test_nobody_writes_three_times_about_the_same_issue() -> None:
    tickets = Counter((story.customer, story.issue.key) for story in sample_stories(MOMENTS[0]))
    assert max(tickets.values()) <= 2


def test_steps_are_in_order_and_a_relapse_follows_a_resolution() -> None:
    for story in sample_stories(MOMENTS[0]):
        actions = [step.action for step in story.steps]
        assert [step.after for step in story.steps] == sorted(s.after for s in story.steps)
        assert actions.count("resolve") <= 1
        if "relapse" in actions:
            assert (
                actions.index("resolve") < actions.index("relapse") < actions.index("resolve_again")
            )


def test_some_tickets_are_open_at_any_hour() -> None:
    now = MOMENTS[0]
    fresh = [s for s in sample_stories(now) if "resolve" not in [step.action for step in s.steps]]
    assert len(fresh) == len(OPEN_NOW)
    assert min(now - story.received_at for story in fresh) == timedelta(minutes=3)
