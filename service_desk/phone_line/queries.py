"""Reads of the phone line."""

from service_desk.phone_line.schemas import CallView, LineMember, StaffPhone
from service_desk.rows import get, list_rows
from service_desk.tables import PhoneCall, Staff

MAX_RINGING = 10  # numbers in one <Dial>
MAX_CALLS_SHOWN = 30


async def phones_to_ring() -> list[StaffPhone]:
    """The phones of staff who take calls now."""
    return await list_rows(
        StaffPhone,
        Staff,
        Staff.phone.is_not_null(),
        columns={"staff": Staff.id},
        order_by=Staff.id,
        limit=MAX_RINGING,
        takes_calls=True,
        active=True,
    )


async def staff_phone(staff: int) -> StaffPhone | None:
    """The phone of an active member of staff, whether or not they take calls now."""
    columns = {"staff": Staff.id}
    return await get(
        StaffPhone, Staff, Staff.phone.is_not_null(), columns=columns, id=staff, active=True
    )


async def line_members() -> list[LineMember]:
    """All active staff, those who take calls now first."""
    members = await list_rows(LineMember, Staff, order_by=(Staff.name, Staff.id), active=True)
    return sorted(members, key=lambda member: not member.takes_calls)


async def latest_calls() -> list[CallView]:
    return await list_rows(
        CallView,
        PhoneCall,
        columns={
            "answered_by": PhoneCall.answered_by.name,
            "ticket": PhoneCall.ticket.number,
            "subject": PhoneCall.ticket.subject,
        },
        order_by=PhoneCall.id,
        descending=True,
        limit=MAX_CALLS_SHOWN,
    )
