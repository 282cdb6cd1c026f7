"""Sample data for `up --demo`: three months of an appliance shop's desk.

Everything is done by the desk's own operations, sweeps included, as of the time at which it is to
have happened; all in one transaction, so that an interrupted load leaves nothing behind.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from random import Random

from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from service_desk.customers.tiers import recompute_tiers
from service_desk.database import after_commit, fetch, transaction, without_callbacks
from service_desk.demo.sample_data.actions import SUPERVISOR, StoryActions
from service_desk.demo.sample_data.assets import make_assets
from service_desk.demo.sample_data.people import (
    PASSWORD,
    SAMPLE_STAFF,
    SAMPLE_SUPPLIERS,
    SampleCustomer,
    customers,
)
from service_desk.demo.sample_data.presence import is_empty_desk
from service_desk.demo.sample_data.routine import (
    EXACT_SWEEPS_SINCE,
    DailyRoutine,
    ScheduledJob,
    record_levels_on_time,
)
from service_desk.demo.sample_data.stories import DAYS, Story, stories
from service_desk.live.publishing import ALL_TICKETS, publish_changes
from service_desk.phone_line.operations import set_phone_duty
from service_desk.settings import get_settings
from service_desk.staff.operations import create_staff_with_hash
from service_desk.staff.passwords import hash_password
from service_desk.suppliers.deposits import record_deposit
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import DepositInput, SupplierInput

SEED = 20
SET_UP_BEFORE = timedelta(days=30)  # from setting up the desk to its first ticket
YUAN = 100
UNREAD_SINCE = timedelta(days=2)
ShowProgress = Callable[[int, int], None]

# When an agent last spoke to each customer, before the desk was set up.
ASSIGN_OWNERS = """
UPDATE customer SET owner = given.owner, last_contact_at = given.at
FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS given (id, owner, at)
WHERE customer.id = given.id
"""
MARK_DELIVERED = """
UPDATE outbox SET state = 'delivered', sent_at = created_at, attempts = 1, next_attempt_at = NULL
WHERE state = 'queued' AND created_at < $1
"""
MARK_NOTIFIED = "UPDATE staff_alert SET notified_at = at WHERE notified_at IS NULL AND at < $1"

MARK_READ = "UPDATE notification SET read_at = at WHERE read_at IS NULL AND at < $1"


async def load_sample_data(now: datetime, report_progress: ShowProgress | None = None) -> bool:
    """Fill an empty desk; False, and nothing done, if it has tickets or staff already.

    `report_progress(opened, all)`: tickets.
    """
    random = Random(SEED)  # noqa: S311 - the same sample every time
    zone = get_settings().zone
    async with transaction():
        if not await is_empty_desk():
            return False
        with without_callbacks():
            began = now - timedelta(days=DAYS)
            staff = await _make_staff(began - SET_UP_BEFORE)
            people = customers(random)
            await _make_suppliers(staff[SUPERVISOR], began - SET_UP_BEFORE)
            await _make_customers(people, staff, began - SET_UP_BEFORE, random)
            await recompute_tiers(began)
            routine = DailyRoutine(staff, staff[SUPERVISOR], now, zone, random)
            sample_stories = stories(people, now, zone, random)
            serials = await make_assets(sample_stories, people)
            actions = StoryActions(people, staff, random, serials)
            await _play_stories(sample_stories, actions, routine, now, report_progress)
            await fetch(MARK_DELIVERED, now - timedelta(minutes=2))
            await fetch(MARK_NOTIFIED, now)
            await fetch(MARK_READ, now - UNREAD_SINCE)
        after_commit(lambda: publish_changes(ALL_TICKETS))
    return True


async def _play_stories(
    sample_stories: Sequence[Story],
    actions: StoryActions,
    routine: DailyRoutine,
    now: datetime,
    report_progress: ShowProgress | None,
) -> None:
    """Everything in the order in which it happened."""
    swept_until = now - EXACT_SWEEPS_SINCE
    for at, happen in _timeline(sample_stories, actions, routine):
        if at > now:
            break
        if at > swept_until:
            await record_levels_on_time(swept_until, at)
            swept_until = at
        await happen(at)
        if report_progress is not None:
            report_progress(len(actions.numbers), len(sample_stories))


def _timeline(
    sample_stories: Sequence[Story], actions: StoryActions, routine: DailyRoutine
) -> Iterator[ScheduledJob]:
    order = count()  # of what happens at the same time
    timeline = [(at, next(order), job) for at, job in routine.since(sample_stories[0].received_at)]
    for index, story in enumerate(sample_stories):
        timeline.append((story.received_at, next(order), partial(actions.open, index, story)))
        for step in story.steps:
            at = story.received_at + step.after
            timeline.append((at, next(order), partial(actions.do, index, story, step.action)))
    return ((at, job) for at, _, job in sorted(timeline))


async def _make_staff(now: datetime) -> dict[str, int]:
    password_hash = await hash_password(PASSWORD)
    made = {
        colleague.email: await create_staff_with_hash(
            email=colleague.email,
            name=colleague.name,
            role=colleague.role,
            password_hash=password_hash,
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
    for number, maker in enumerate(SAMPLE_SUPPLIERS, 1):
        supplier = await create_supplier(
            SupplierInput(
                name=maker.name,
                email=f"quality{number}@supplier.example",
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
    ids: list[int] = []
    for person in people:
        created = await create_customer(
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
        ids.append(created)
    owners = [random.choice(agents) for _ in ids]
    contacts = [now + timedelta(days=random.randrange(25), hours=9) for _ in ids]
    await fetch(ASSIGN_OWNERS, ids, owners, contacts)
