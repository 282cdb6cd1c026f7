"""Carries out all that is requested, as the worker's job does batch by batch."""

from datetime import datetime

from service_desk.sla_settings.rollout import roll_out_terms


async def roll_out_all(now: datetime) -> int:
    """The number of tickets processed."""
    processed = 0
    while batch := await roll_out_terms(now):
        processed += batch
    return processed
