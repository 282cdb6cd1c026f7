"""Assets of the customers in the sample data: in warranty, out of it, and unregistered."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from service_desk.assets.operations import create_asset
from service_desk.assets.queries import desk_date
from service_desk.assets.schemas import NewAsset
from service_desk.demo.sample_data.people import SampleCustomer
from service_desk.demo.sample_data.stories import Story
from service_desk.rows import list_rows
from service_desk.tables import Customer

REGISTERED_EVERY = 3  # of the units on tickets, one in three is a registered asset
# Days from the installation to the first ticket about it; None: the day is not recorded.
DAYS_SINCE_INSTALLATION = (40, 340, 5, 520, 150, None, 12, 760, 250, 355)
ACCEPTED_EVERY = 4  # one in four has a recorded day of acceptance
TRIAL = timedelta(days=6)


class CustomerPhone(Struct):
    id: int
    phone: str | None


async def make_assets(
    stories: Sequence[Story], people: Sequence[SampleCustomer]
) -> dict[tuple[int, str], str]:
    """Serial numbers by customer and model."""
    ids = {row.phone: row.id for row in await list_rows(CustomerPhone, Customer)}
    first: dict[tuple[int, str], Story] = {}
    for story in stories:
        first.setdefault((story.customer, story.model), story)
    serials: dict[tuple[int, str], str] = {}
    for index, (unit, story) in enumerate([*first.items()][::REGISTERED_EVERY]):
        age = DAYS_SINCE_INSTALLATION[index % len(DAYS_SINCE_INSTALLATION)]
        reported_on = desk_date(story.received_at)
        installed_on = None if age is None else reported_on - timedelta(days=age)
        accepted_on = (
            min(installed_on + TRIAL, reported_on)
            if installed_on is not None and index % ACCEPTED_EVERY == 0
            else None
        )
        serials[unit] = f"{story.model[:2].upper()}{(installed_on or reported_on):%y%m}{index:05}"
        await create_asset(
            NewAsset(
                serials[unit], story.model, ids[people[story.customer].phone],
                installed_on, accepted_on,
            ),
            story.received_at,
        )  # fmt: skip
    return serials
