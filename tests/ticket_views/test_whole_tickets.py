"""Whole tickets: the statements that read them."""

import pytest

from service_desk.database import fetch, transaction
from service_desk.ticket_views import whole_tickets

GROWING = ("ticket", "message", "ticket_event", "clock", "outbox", "attachment")


@pytest.mark.parametrize("name", ["_TICKETS", "_CLOCKS", "_MESSAGES", "_EVENTS", "_COMPENSATIONS"])
async def test_no_table_that_grows_is_read_whole(desk: str, name: str) -> None:
    """Not even by the plan for any ticket, which is made while the desk is small and kept."""
    async with transaction(plan_once=True):
        await fetch(f"PREPARE reading AS {getattr(whole_tickets, name)}")
        plan = await fetch("EXPLAIN EXECUTE reading ('{}')")
        await fetch("DEALLOCATE reading")
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    assert [table for table in GROWING if f"Seq Scan on {table} " in text] == [], text
