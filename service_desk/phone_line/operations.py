"""Starting and stopping to take calls."""

from service_desk.contacts.phone_numbers import typed_phone_or_none
from service_desk.errors import InvalidInput, NotFound
from service_desk.rows import get_value, update_counted
from service_desk.settings import get_settings
from service_desk.tables import Staff


async def set_phone_duty(staff: int, phone: str, *, takes_calls: bool) -> None:
    """Whether callers who want a person ring this member of staff, and on which phone.

    Raises InvalidInput for a number that cannot be read or belongs to a colleague, NotFound for
    somebody who is not active staff.
    """
    typed = typed_phone_or_none(phone, get_settings().region)
    if typed is not None and typed.extension is not None:
        raise InvalidInput("Calls are put through to a number without extension.", field="phone")
    number = typed and typed.e164
    if takes_calls and number is None:
        raise InvalidInput("Enter the phone number to ring.", field="phone")
    if number is not None and (
        owner := await get_value(Staff.name, Staff.id != staff, phone=number, active=True)
    ):
        raise InvalidInput("This is already the phone of {name}.", field="phone", name=owner)
    columns = {Staff.phone: number, Staff.takes_calls: takes_calls}
    if not await update_counted(Staff, columns, id=staff, active=True):
        raise NotFound("There is no such member of staff.")
