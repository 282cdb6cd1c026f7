"""Reads of the phone line."""

from service_desk.database import fetch_as
from service_desk.phone_line.schemas import CallView, LineMember, StaffPhone

MAX_RINGING = 10  # that one <Dial> rings at once
MAX_CALLS_SHOWN = 30


async def phones_to_ring() -> list[StaffPhone]:
    """Of those who take calls now; none: nobody is there."""
    return await fetch_as(
        StaffPhone,
        "SELECT id AS staff, name, phone, locale FROM staff "
        "WHERE takes_calls AND active AND phone IS NOT NULL ORDER BY id LIMIT $1",
        MAX_RINGING,
    )


async def staff_phone(staff: int) -> StaffPhone | None:
    """That of somebody who works here, whether they take calls at the moment or not."""
    found = await fetch_as(
        StaffPhone,
        "SELECT id AS staff, name, phone, locale FROM staff "
        "WHERE id = $1 AND active AND phone IS NOT NULL",
        staff,
    )
    return found[0] if found else None


async def line_members() -> list[LineMember]:
    """Everybody who could take calls, those who do so now first."""
    return await fetch_as(
        LineMember,
        "SELECT id, name, role, phone, takes_calls FROM staff WHERE active "
        "ORDER BY takes_calls DESC, name, id",
    )


async def latest_calls() -> list[CallView]:
    return await fetch_as(
        CallView,
        "SELECT p.caller, p.choice, p.status, p.started_at, p.seconds, staff.name AS answered_by, "
        "t.number AS ticket, t.subject FROM phone_call p LEFT JOIN ticket t ON t.id = p.ticket "
        "LEFT JOIN staff ON staff.id = p.answered_by ORDER BY p.id DESC LIMIT $1",
        MAX_CALLS_SHOWN,
    )
