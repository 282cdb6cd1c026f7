"""Choices offered by forms: staff, categories, suppliers."""

from msgspec import Struct

from service_desk.staff.queries import active_staff
from service_desk.staff.schemas import StaffMember
from service_desk.suppliers.queries import supplier_names
from service_desk.triage.categories import CategoryChoice, category_tree


class Choices(Struct, frozen=True):
    staff: list[StaffMember]
    categories: list[CategoryChoice]
    suppliers: list[str]

    def email_of(self, staff_id: int | None) -> str:
        return next((person.email for person in self.staff if person.id == staff_id), "")

    def category(self, code: str | None) -> CategoryChoice | None:
        return next((category for category in self.categories if category.code == code), None)


async def form_choices() -> Choices:
    return Choices(await active_staff(), await category_tree(), await supplier_names())
