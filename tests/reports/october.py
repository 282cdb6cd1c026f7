"""A small October whose figures can be counted by hand."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service_desk.reports.figures.months import Month
from service_desk.self_service.rating import rate
from service_desk.settings import get_settings
from service_desk.tickets import progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.conversation import reply
from tests.factories import make_staff, make_ticket, resolve

OCTOBER = Month(2026, 10)
ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
BOUNDS = OCTOBER.bounds(ZONE)
NOVEMBER_2ND = datetime(2026, 11, 2, 12, 0, tzinfo=ZONE)


def on(day: int, hour: int = 9, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


async def october() -> None:
    """Five tickets. A (1 Oct, 00:30) and B are answered in 1 h and planned in 2 h; C is answered
    after 3 h and never planned; D comes on 31 Oct, 23:59; E came in September.

    A is resolved on the 21st and rated 5. B is resolved on the 22nd, rated 2, reopened on the 25th
    and resolved again in November. E is resolved in October. A and C are the same customer.
    """
    assert get_settings().zone == ZONE
    agent = await make_staff(name="Ann")
    await make_staff("supervisor", name="Sue")

    e = await make_ticket("Loud", phone="+8613800138005", at=on(20, month=9))
    a = await make_ticket("Loud fan", at=on(1, 0, 30), channel="sms", supplier="Haina")
    b = await make_ticket("Water on the floor", phone="+8613800138001", at=on(5), channel="web")
    c = await make_ticket("Loud again", at=on(20), channel="sms", supplier="Haina")
    await make_ticket("New", phone="+8613800138004", at=on(31, 23, 59), channel="call")

    for opened, begun in ((a, on(1, 0, 30)), (b, on(5))):
        await progress.assign(opened.number, "agent@desk.test", staff_id=agent, now=begun)
        await reply(opened.number, "Hello", staff_id=agent, now=begun + HOUR)
        await progress.record_plan(
            opened.number, diagnosis="d", plan="p", staff_id=agent, now=begun + 2 * HOUR
        )
    await reply(c.number, "Sorry for the delay", staff_id=agent, now=on(20, 12))
    for opened, category in ((a, "product.noise"), (b, "product.leak"), (c, "product.noise")):
        changes = Classification(category=category, cause="supplier_quality")
        await classify(opened.number, changes, staff_id=agent, now=on(21))

    await resolve(a.number, "Fan replaced", staff_id=agent, now=on(21, 10))
    await rate(a.number, 5, now=on(21, 11))
    await resolve(b.number, "Sealed", staff_id=agent, now=on(22))
    await rate(b.number, 2, now=on(22, 10))
    await resolve(e.number, "Fixed", staff_id=agent, now=on(2))
    await progress.reopen(b.number, "Water again", staff_id=agent, now=on(25))
    await resolve(b.number, "Replaced", staff_id=agent, now=on(2, 8, month=11))
