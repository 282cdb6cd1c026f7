"""What forms offer: staff, categories and suppliers by name."""

from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch_as
from service_desk.staff.queries import active_staff
from service_desk.staff.schemas import StaffMember

MOST_SUPPLIERS = 500


class CategoryChoice(Struct, frozen=True):
    """A category; one of the second level comes right after its parent."""

    code: str
    name_en: str
    name_zh: str
    parent: str | None


class Choices(Struct, frozen=True):
    staff: list[StaffMember]
    categories: list[CategoryChoice]
    suppliers: list[str]

    def category(self, code: str | None) -> CategoryChoice | None:
        return next((category for category in self.categories if category.code == code), None)


class EarlierTicket(Struct, frozen=True):
    number: str
    subject: str
    state: str
    received_at: datetime


async def choices() -> Choices:
    return Choices(await active_staff(), await category_tree(), await supplier_names())


async def category_tree() -> list[CategoryChoice]:
    return await fetch_as(
        CategoryChoice,
        "SELECT c.code, c.name_en, c.name_zh, p.code AS parent FROM category c "
        "LEFT JOIN category p ON p.id = c.parent "
        "ORDER BY coalesce(p.id, c.id), c.parent NULLS FIRST, c.id",
    )


async def supplier_names() -> list[str]:
    rows = await fetch_as(
        SupplierName, "SELECT name FROM supplier ORDER BY name LIMIT $1", MOST_SUPPLIERS
    )
    return [row.name for row in rows]


class SupplierName(Struct, frozen=True):
    name: str


async def tickets_of_customer(
    customer: int, *, but: str = "", most: int = 5
) -> list[EarlierTicket]:
    """The newest of a customer's tickets, without the one at hand."""
    return await fetch_as(
        EarlierTicket,
        "SELECT number, subject, state, received_at FROM ticket "
        "WHERE customer = $1 AND number <> $2 ORDER BY received_at DESC LIMIT $3",
        *(customer, but, most),
    )
