"""Whether a desk has data. Apart from loading.py, whose imports are most of the application."""

from msgspec import Struct

from service_desk.demo.sample_data.people import SAMPLE_STAFF
from service_desk.rows import exists, list_rows
from service_desk.tables import Staff, Ticket


class StaffAddress(Struct):
    email: str


async def is_empty_desk() -> bool:
    """Whether sample data may be loaded: there are no tickets and no staff."""
    return not (await exists(Ticket) or await exists(Staff))


async def is_sample_desk() -> bool:
    """Whether the sample's staff have their logins here."""
    known = await list_rows(StaffAddress, Staff)
    return {colleague.email for colleague in SAMPLE_STAFF} <= {member.email for member in known}
