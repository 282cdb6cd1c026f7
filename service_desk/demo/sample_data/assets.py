"""Units that customers of the sample data have: in warranty, out of it, and not known."""

from collections.abc import Sequence
from datetime import timedelta

from service_desk.assets.operations import create_asset
from service_desk.assets.queries import desk_date
from service_desk.assets.schemas import NewAsset
from service_desk.database import fetch
from service_desk.demo.sample_data.people import SampleCustomer
from service_desk.demo.sample_data.stories import Story

KNOWN_EVERY = 3  # every so many-th unit that somebody writes about is in our books
# Days from the installation to the first word about it; None: nobody wrote the day down.
DAYS_SINCE_INSTALLATION = (40, 340, 5, 520, 150, None, 12, 760, 250, 355)
ACCEPTED_LATE = 4  # every so many-th was accepted on a day that was written down
TRIAL = timedelta(days=6)


async def make_assets(
    stories: Sequence[Story], people: Sequence[SampleCustomer]
) -> dict[tuple[int, str], str]:
    """Serial numbers by customer and model."""
    rows = await fetch("SELECT id, phone FROM customer")
    ids = {row["phone"]: row["id"] for row in rows}
    first: dict[tuple[int, str], Story] = {}
    for story in stories:
        first.setdefault((story.customer, story.model), story)
    serials: dict[tuple[int, str], str] = {}
    for place, (unit, story) in enumerate([*first.items()][::KNOWN_EVERY]):
        age = DAYS_SINCE_INSTALLATION[place % len(DAYS_SINCE_INSTALLATION)]
        told_on = desk_date(story.received_at)
        installed_on = None if age is None else told_on - timedelta(days=age)
        accepted_on = (
            min(installed_on + TRIAL, told_on)
            if installed_on is not None and place % ACCEPTED_LATE == 0
            else None
        )
        serials[unit] = f"{story.model[:2].upper()}{(installed_on or told_on):%y%m}{place:05}"
        await create_asset(
            NewAsset(
                serials[unit], story.model, ids[people[story.customer].phone],
                installed_on, accepted_on,
            ),
            story.received_at,
        )  # fmt: skip
    return serials
