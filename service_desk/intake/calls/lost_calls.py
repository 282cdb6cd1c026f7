"""The sweep that ends calls of which nothing more is heard: the carrier's last word was lost."""

from datetime import datetime

import structlog

from service_desk.intake.calls.calling import IncomingCall, end_call
from service_desk.phone_line.calls import claim_stale_calls

BATCH = 50
COMPLETED = "completed"  # what the carrier calls every call that we answered, however it ended

log = structlog.get_logger()


async def end_stale_calls(now: datetime) -> int:
    """End up to one batch of calls as if their callers had hung up now. Returns how many were due.

    Any number of workers may run this at once, and the carrier's word may still come.
    """
    lost = await claim_stale_calls(now, BATCH)
    for call in lost:
        try:
            sender = call.caller or call.call_sid
            await end_call(IncomingCall(call.call_sid, sender, call.caller, now), COMPLETED, None)
        except Exception:  # a fault of ours must not stop the others; it is due again
            log.exception("a lost call was not ended", call=call.call_sid)
    return len(lost)
