"""Sample data for `up --demo`: three months of an appliance shop's desk.

Everything is done by the desk's own operations at the time it is said to have happened, sweeps
included, in one transaction: either all of it is there, or nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from service_desk.customers.tiers import recompute_tiers
from service_desk.database import fetch, fetch_value, transaction
from service_desk.demo.sample_data.actions import SUPERVISOR, StoryActions
from service_desk.demo.sample_data.assets import make_assets
from service_desk.demo.sample_data.people import (
    PASSWORD,
    SAMPLE_STAFF,
    SAMPLE_SUPPLIERS,
    SampleCustomer,
    customers,
)
from service_desk.demo.sample_data.routine import (
    EXACT_SWEEPS_SINCE,
    DailyRoutine,
    record_levels_on_time,
)
from service_desk.demo.sample_data.stories import DAYS, Story, stories
from service_desk.phone_line.operations import set_phone_duty
from service_desk.settings import get_settings
from service_desk.staff.operations import create_staff
from service_desk.suppliers.deposits import record_deposit
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import DepositInput, SupplierInput

SEED = 20
SET_UP_BEFORE = timedelta(days=30)  # the desk was set up so long before the first ticket
YUAN = 100
ReportProgress = Callable[[int, int], None]


async def load_sample_data(now: datetime, told: ReportProgress | None = None) -> bool:
    """Fill an empty desk; False, and nothing done, if it has tickets or staff already.

    `told` hears how many of how many tickets were opened so far.
    """
    random = Random(SEED)
    zone = get_settings().zone
    async with transaction():
        if await fetch_value("SELECT EXISTS (SELECT FROM ticket) OR EXISTS (SELECT FROM staff)"):
            return False
        began = now - timedelta(days=DAYS)
        staff = await _make_staff(began - SET_UP_BEFORE)
        people = customers(random)
        await _make_suppliers(staff[SUPERVISOR], began - SET_UP_BEFORE)
        await _make_customers(people, staff, began - SET_UP_BEFORE, random)
        await recompute_tiers(began)
        chores = DailyRoutine(staff, staff[SUPERVISOR], now, zone, random)
        sample_stories = stories(people, now, zone, random)
        serials = await make_assets(sample_stories, people)
        await _play_stories(
            sample_stories, StoryActions(people, staff, random, serials), chores, now, told
        )
        await _mark_all_delivered(now)
    return True


async def is_sample_desk() -> bool:
    """Whether the sample's staff have their log-ins here."""
    found = await fetch_value(
        "SELECT count(*) FROM staff WHERE email = ANY($1::text[])", [c.email for c in SAMPLE_STAFF]
    )
    return found == len(SAMPLE_STAFF)


async def _play_stories(
    sample_stories: Sequence[Story],
    deeds: StoryActions,
    chores: DailyRoutine,
    now: datetime,
    told: ReportProgress | None,
) -> None:
    """Everything in the order in which it happened."""
    order = count()
    began = sample_stories[0].received_at
    happening: list[tuple[datetime, int, Callable[[datetime], Any]]] = [
        (at, next(order), chore) for at, chore in chores.since(began)
    ]
    for place, story in enumerate(sample_stories):
        happening.append((story.received_at, next(order), partial(_open, deeds, place, story)))
        for step in story.steps:
            at = story.received_at + step.after
            happening.append((at, next(order), partial(deeds.do, place, story, step.deed)))
    happening.sort()
    for at, _, happens in happening:
        if at > now:
            break
        if at > now - EXACT_SWEEPS_SINCE:
            await record_levels_on_time(at)
        await happens(at)
        if told is not None:
            told(len(deeds.numbers), len(sample_stories))


async def _open(deeds: StoryActions, place: int, story: Story, now: datetime) -> None:
    await deeds.open(place, story)


async def _make_staff(now: datetime) -> dict[str, int]:
    made = {
        colleague.email: await create_staff(
            email=colleague.email,
            name=colleague.name,
            role=colleague.role,
            password=PASSWORD,
            locale=colleague.locale,
            now=now,
        )
        for colleague in SAMPLE_STAFF
    }
    for colleague in SAMPLE_STAFF:
        if colleague.phone is not None:
            await set_phone_duty(made[colleague.email], colleague.phone, takes_calls=True)
    return made


async def _make_suppliers(supervisor: int, now: datetime) -> None:
    for place, maker in enumerate(SAMPLE_SUPPLIERS):
        supplier = await create_supplier(
            SupplierInput(
                name=maker.name,
                email=f"quality{place + 1}@supplier.example",
                locale=maker.locale,
                contact_name=maker.contact,
                contract_started_on=date(now.year, 1, 1),
            ),
            now,
        )
        deposit = DepositInput(
            maker.deposit * YUAN, "合同保证金" if maker.locale == "zh" else "Deposit"
        )
        await record_deposit(supplier, deposit, staff_id=supervisor, now=now)


async def _make_customers(
    people: Sequence[SampleCustomer], staff: Mapping[str, int], now: datetime, random: Random
) -> None:
    agents = [staff[c.email] for c in SAMPLE_STAFF if c.role == "agent"]
    for person in people:
        customer = await create_customer(
            CustomerInput(
                name=person.name,
                phone=person.phone,
                email=person.email,
                locale=person.locale,
                region=person.region,
                spend_12m=person.spend,
            ),
            now,
        )
        # When they were last spoken to, before this desk.
        await fetch(
            "UPDATE customer SET owner = $2, last_contact_at = $3 WHERE id = $1",
            customer,
            random.choice(agents),
            now + timedelta(days=random.randrange(25), hours=9),
        )


async def _mark_all_delivered(now: datetime) -> None:
    """The messages of three months went out long ago, and staff were told."""
    await fetch(
        "UPDATE outbox SET state = 'delivered', sent_at = created_at, attempts = 1, "
        "next_attempt_at = NULL WHERE state = 'queued' AND created_at < $1",
        now - timedelta(minutes=2),
    )
    await fetch(
        "UPDATE staff_alert SET notified_at = at WHERE notified_at IS NULL AND at < $1", now
    )
