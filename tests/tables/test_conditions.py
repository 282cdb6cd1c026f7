"""SQL made from the vocabularies of rules/, as PostgreSQL understands it."""

import pytest

from service_desk.database import fetch_value
from service_desk.rules.tickets.states import ENDED, OPEN_STATES, TICKET_STATES
from service_desk.tables.conditions import HAS_ENDED, IS_OPEN, all_of, one_of

CODES = ("sms", "no-answer", "ticket.opened")


@pytest.mark.parametrize(
    ("value", "expected"), [("sms", True), ("ticket.opened", True), ("fax", False), (None, None)]
)
async def test_one_of_some_values(desk: str, value: str | None, expected: bool | None) -> None:
    found = await fetch_value(f"SELECT {one_of('code', CODES)} FROM (SELECT $1::text) c (code)",
                              value)  # fmt: skip
    assert found is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], True), (["sms"], True), (["sms", "no-answer"], True), (["sms", "fax"], False)],
)
async def test_all_of_some_values(desk: str, values: list[str], expected: bool) -> None:
    found = await fetch_value(
        f"SELECT {all_of('codes', CODES)} FROM (SELECT $1::varchar[]) c (codes)", values
    )
    assert found is expected


async def test_a_ticket_is_open_or_has_ended(desk: str) -> None:
    for condition, states in ((HAS_ENDED, ENDED), (IS_OPEN, OPEN_STATES)):
        found = await fetch_value(
            f"SELECT array_agg(state) FROM unnest($1::text[]) t (state) WHERE t.{condition}",
            [*TICKET_STATES],
        )
        assert set(found) == set(states)
