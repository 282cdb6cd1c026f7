"""Moving the demo's clock: web, worker and open pages follow it."""

from datetime import datetime

from service_desk.jobs import wake_now
from service_desk.live.publishing import ALL_TICKETS, publish_changes
from service_desk.wall_clock import advance_demo_clock


async def advance_clock(seconds: int) -> datetime:
    """Returns the new time. What falls due until then is done at once."""
    now = await advance_demo_clock(seconds)
    wake_now("record_due_levels", about="the demo clock")
    await publish_changes(ALL_TICKETS)
    return now
