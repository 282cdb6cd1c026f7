"""The sweep that ends calls whose end the carrier never reported."""

from datetime import datetime

import structlog

from service_desk.intake.calls.call_messages import IncomingCall
from service_desk.intake.calls.calling import end_call
from service_desk.phone_line.calls import claim_stale_calls

BATCH = 50

log = structlog.get_logger()


async def end_stale_calls(now: datetime) -> int:
    """End up to one batch of calls as if their callers had hung up now. Returns how many were due.

    Any number of workers may run this at once, and the carrier's report may still come.
    """
    stale = await claim_stale_calls(now, BATCH)
    for call in stale:
        try:
            address = call.caller or call.call_sid
            ended = IncomingCall(call.call_sid, address, call.caller, now)
            await end_call(ended, "completed", None)  # as the carrier calls every call we answered
        except Exception:  # the others must still end; this one is due again after its lease
            log.exception("a stale call was not ended", call=call.call_sid)
    return len(stale)
