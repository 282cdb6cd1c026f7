"""The tickets of the sample data: what happens on each, and when. Pure: always the same."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from service_desk.demo.sample_data.issues import BY_KEY, ISSUES, Issue
from service_desk.demo.sample_data.people import (
    AGENTS,
    SAMPLE_SUPPLIERS,
    SampleCustomer,
    SampleSupplier,
)
from service_desk.reports.figures.months import Month, month_at
from service_desk.rules.tickets.vocabulary import Channel
from service_desk.rules.words.languages import Locale

StoryAction = Literal[
    "assign", "reply", "ask", "update", "note", "call", "plan", "classify", "wait_customer",
    "answer", "wait_supplier", "resume", "promise", "refer", "refer_answer", "resolve", "rate",
    "thank", "relapse", "reply_again", "resolve_again",
]  # fmt: skip

DAYS = 92
TICKETS_PER_DAY = 1.7  # without those that are planned below
MINUTE = timedelta(minutes=1)
HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 18, 15, 12, 13, 15, 16, 15, 14, 14, 16, 15, 12, 8, 4)
CHANNELS: dict[Channel, int] = {"sms": 40, "call": 22, "web": 26, "counter": 5, "api": 7}
MAX_RANDOM_OFFENCES = 2  # of a supplier in a category and month: a third would be a warning

# (months ago, supplier, issue, how many): what moves suppliers up the ladder.
OFFENCES = (
    (2, 0, "noise", 5), (1, 0, "noise", 4), (2, 0, "not_cooling", 2), (1, 0, "not_cooling", 2),
    (0, 0, "not_cooling", 2), (2, 0, "display", 2), (1, 0, "display", 2), (0, 0, "display", 2),
    (2, 0, "no_start", 2), (1, 0, "no_start", 2), (0, 0, "no_start", 2), (1, 0, "leak", 2),
    (1, 6, "leak", 3), (0, 6, "leak", 4), (0, 4, "boiler", 3), (2, 8, "no_start", 3),
)  # fmt: skip

# (minutes ago, last action): the tickets that are open now, at any hour.
OPEN_NOW: tuple[tuple[int, StoryAction | None], ...] = (
    (3, None), (9, None), (16, None), (27, "assign"), (41, None), (58, "assign"), (80, "reply"),
    (104, "assign"), (113, None), (127, "assign"), (150, "reply"), (185, "reply"), (215, "plan"),
    (228, "reply"), (262, "reply"), (330, "plan"), (420, "ask"), (560, "wait_customer"),
    (700, "plan"), (900, "ask"), (1130, "wait_supplier"), (1400, "wait_customer"), (1700, "plan"),
    (2000, "wait_supplier"), (2300, "plan"), (2600, "ask"), (2790, "plan"), (2850, "plan"),
    (2960, "wait_supplier"), (3300, "refer"), (4100, "wait_supplier"), (5200, "wait_customer"),
)  # fmt: skip


class StoryStep(Struct, frozen=True):
    """`after`: from the receipt of the ticket to the action."""

    after: timedelta
    action: StoryAction


class Story(Struct, frozen=True):
    received_at: datetime
    issue: Issue
    maker: SampleSupplier
    model: str
    customer: int
    locale: Locale
    channel: Channel
    agent: int
    steps: tuple[StoryStep, ...]


def stories(
    people: list[SampleCustomer], now: datetime, zone: ZoneInfo, random: Random
) -> list[Story]:
    """In the order in which they were received. They may go on beyond now."""
    writer = _StoryWriter(people, zone, random)
    made = [
        *(writer.offence(*planned) for planned in _planned(now, zone, random)),
        *(writer.any_day(at) for at in _arrivals(now, zone, random)),
        *(writer.open_now(now - minutes * MINUTE, last) for minutes, last in OPEN_NOW),
    ]
    return sorted(made, key=lambda story: story.received_at)


def _planned(now: datetime, zone: ZoneInfo, random: Random) -> Iterator[tuple[datetime, int, str]]:
    present = month_at(now, zone)
    for months_ago, maker, issue, count in OFFENCES:
        for _ in range(count):
            at = _moment_in(present.plus_months(-months_ago), now, zone, random)
            if at is not None:
                yield at, maker, issue


def _moment_in(month: Month, now: datetime, zone: ZoneInfo, random: Random) -> datetime | None:
    """On a random day of the month that is at least four days ago, if there is one."""
    first = month.first_day
    last = min(month.last_day, (now - timedelta(days=4)).astimezone(zone).date())
    if last < first:
        return None
    day = first + timedelta(days=random.randrange((last - first).days + 1))
    return datetime(day.year, day.month, day.day, _hour(random), random.randrange(60), tzinfo=zone)


def _arrivals(now: datetime, zone: ZoneInfo, random: Random) -> Iterator[datetime]:
    for days_ago in range(DAYS, 0, -1):
        day = (now - timedelta(days=days_ago)).astimezone(zone)
        busy = TICKETS_PER_DAY * (0.7 if day.isoweekday() >= 6 else 1.1)
        for _ in range(int(busy + random.random())):
            at = day.replace(hour=_hour(random), minute=random.randrange(60))
            if at < now - timedelta(hours=3):
                yield at


def _hour(random: Random) -> int:
    return random.choices(range(24), HOURS)[0]


class _StoryWriter:
    def __init__(self, people: list[SampleCustomer], zone: ZoneInfo, random: Random) -> None:
        self.people = people
        self.zone = zone
        self.random = random
        self.offences: Counter[tuple[str, str, Month]] = Counter()
        self.tickets_by_customer: Counter[tuple[int, str]] = Counter()

    def offence(self, at: datetime, maker: int, key: str) -> Story:
        issue = BY_KEY[key]
        models = [model for goods, model in SAMPLE_SUPPLIERS[maker].models if goods in issue.goods]
        return self._story(at, issue, SAMPLE_SUPPLIERS[maker], self.random.choice(models))

    def any_day(self, at: datetime) -> Story:
        issue, maker, model = self._pick(at)
        return self._story(at, issue, maker, model)

    def open_now(self, at: datetime, last: StoryAction | None) -> Story:
        """A ticket on which nothing happened after `last`."""
        story = self.any_day(at)
        if story.issue.safety or story.channel == "counter":
            return self.open_now(at, last)
        return replace(story, steps=tuple(_until(last, self.random)))

    def _pick(self, at: datetime) -> tuple[Issue, SampleSupplier, str]:
        while True:
            issue = self.random.choices(ISSUES, [issue.weight for issue in ISSUES])[0]
            maker = self.random.choice(SAMPLE_SUPPLIERS)
            models = [model for goods, model in maker.models if goods in issue.goods]
            place = (maker.name, issue.category, month_at(at, self.zone))
            if models and not self._too_many(issue, maker, place):
                self.offences[place] += issue.cause == "supplier_quality"
                return issue, maker, self.random.choice(models)

    def _too_many(self, issue: Issue, maker: SampleSupplier, place: tuple[str, str, Month]) -> bool:
        if issue.cause != "supplier_quality" or issue.kind != "complaint":
            return False
        planned = any(
            SAMPLE_SUPPLIERS[index].name == maker.name and BY_KEY[key].category == issue.category
            for _, index, key, _ in OFFENCES
        )
        return planned or self.offences[place] >= MAX_RANDOM_OFFENCES

    def _story(self, at: datetime, issue: Issue, maker: SampleSupplier, model: str) -> Story:
        channel = self.random.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        if issue.kind == "exchange_return":
            channel = "counter"
        customer = self._customer(issue)
        return Story(
            received_at=at,
            issue=issue,
            maker=maker,
            model=model,
            customer=customer,
            locale=self.people[customer].locale,
            channel=channel,
            agent=self.random.randrange(len(AGENTS)),
            steps=tuple(_life(issue, channel, self.random)),
        )

    def _customer(self, issue: Issue) -> int:
        """A few write often, most once, nobody three times about the same issue."""
        while True:
            customer = int(len(self.people) * self.random.random() ** 1.4)
            if self.tickets_by_customer[customer, issue.key] < 2:
                self.tickets_by_customer[customer, issue.key] += 1
                return customer


def _life(issue: Issue, channel: Channel, random: Random) -> Iterator[StoryStep]:
    """From the assignment to the rating. Nine of ten promises are kept."""
    pace = 0.12 if issue.safety else 0.05 if channel == "counter" else 1.0
    answered = random.uniform(8, 95) if random.random() < 0.93 else random.uniform(125, 260)
    planned = answered + random.uniform(10, 110)
    if random.random() < 0.08:
        planned = random.uniform(245, 600)
    yield _step(answered * pace * 0.4, "assign")
    yield _step(answered * pace, "reply")
    if random.random() < 0.25:
        yield _step(answered * pace + 2, "note")
    yield _step(planned * pace, "plan")
    yield _step(planned * pace + 1, "classify")
    after = planned * pace + 5
    if random.random() < 0.4:
        asked = after + random.uniform(20, 240) * pace
        yield _step(asked, "ask")
        after = asked + (random.uniform(10, 100) if random.random() < 0.92 else 170)
        yield _step(after, "update")
    elif random.random() < 0.5:
        after += random.uniform(20, 120)
        yield _step(after, "call")
    yield from _middle(after, pace, random)


def _middle(after: float, pace: float, random: Random) -> Iterator[StoryStep]:
    """Waiting, a promise or a referral; then the end."""
    chance = random.random()
    if chance < 0.16:
        yield _step(after + 5, "wait_customer")
        after += random.uniform(90, 1500)
        yield _step(after, "answer")
        after += random.uniform(10, 85)
        yield _step(after, "update")
    elif chance < 0.30:
        yield _step(after + 5, "wait_supplier")
        after += random.uniform(300, 1400)
        yield _step(after, "resume")
    elif chance < 0.40:
        yield _step(after + 5, "promise")
        after += random.uniform(60, 170)
        yield _step(after, "update")
    elif chance < 0.46:
        yield _step(after + 5, "refer")
        after += random.uniform(12, 28) if random.random() < 0.9 else 45
        yield _step(after, "refer_answer")
    slow = random.random() < 0.09
    solved = after + (random.uniform(3000, 5200) if slow else random.uniform(60, 1250)) * pace
    yield _step(solved, "resolve")
    if random.random() < 0.05:
        again = solved + random.uniform(600, 4000)
        yield _step(again, "relapse")
        yield _step(again + random.uniform(15, 90), "reply_again")
        solved = again + random.uniform(200, 1500)
        yield _step(solved, "resolve_again")
    if random.random() < 0.62:
        yield _step(solved + random.uniform(5, 900), "rate")
    elif random.random() < 0.4:
        yield _step(solved + random.uniform(5, 300), "thank")


def _until(last: StoryAction | None, random: Random) -> Iterator[StoryStep]:
    """The plain way to `last`, and no further."""
    way: tuple[tuple[float, StoryAction], ...] = (
        (random.uniform(4, 9), "assign"), (random.uniform(20, 70), "reply"),
        (random.uniform(100, 200), "plan"), (201, "classify"),
    )  # fmt: skip
    ends: dict[StoryAction, float] = {
        "ask": 360, "wait_customer": 230, "wait_supplier": 240, "refer": 3280,
    }  # fmt: skip
    if last is None:
        return
    for after, action in way:
        yield _step(after, action)
        if action == last:
            return
    yield _step(ends[last], last)


def _step(minutes: float, action: StoryAction) -> StoryStep:
    return StoryStep(timedelta(seconds=round(minutes * 60)), action)
