"""Figures as of a time know all that was recorded until then, and nothing later (DESIGN §2.8).

What is recorded carries the time of its transaction, and becomes visible at its commit. In between,
figures as of now would miss it, and the same figures made again would not. Short transactions are
in between for milliseconds; those that write for seconds are waited for.
"""

from service_desk.database import fetch, transaction

RECORDING = 0x5E_D35D  # any constant
BEGIN = "SELECT pg_advisory_xact_lock_shared($1)"
WAIT = "SELECT pg_advisory_xact_lock($1)"


async def begin_recording() -> None:
    """Call it first in a transaction that records for seconds. It is over at the commit."""
    await fetch(BEGIN, RECORDING)


async def wait_for_recordings() -> None:
    """For those that have begun. Call it outside of a transaction, before reading."""
    async with transaction():
        await fetch(WAIT, RECORDING)
