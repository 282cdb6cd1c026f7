"""Sit down at the phone, and get up again."""

from service_desk.contacts.phone_numbers import to_e164
from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput, NotFound
from service_desk.settings import get_settings


async def set_phone_duty(staff: int, phone: str, *, takes_calls: bool) -> None:
    """Callers who want a person ring that phone from now on, or no longer do.

    Raises InvalidInput for a number that cannot be read, or is somebody else's.
    """
    number = to_e164(phone, get_settings().region) if phone.strip() else None
    if takes_calls and number is None:
        raise InvalidInput("Give the phone that is to ring.", field="phone")
    taken_over = await fetch_value(
        "SELECT name FROM staff WHERE phone = $1 AND id <> $2 AND active", number, staff
    )
    if taken_over is not None:
        raise InvalidInput("This is the phone of {name} already.", field="phone", name=taken_over)
    changed = await fetch(
        "UPDATE staff SET phone = $2, takes_calls = $3 WHERE id = $1 AND active RETURNING id",
        *(staff, number, takes_calls),
    )
    if not changed:
        raise NotFound("There is nobody like that here.")
