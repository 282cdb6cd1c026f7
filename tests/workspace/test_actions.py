"""The forms of the ticket page: fields, limits, repetition."""

from datetime import UTC, datetime, timedelta

import pytest

from service_desk.database import fetch_value
from service_desk.errors import InvalidInput, NotFound
from service_desk.workspace.actions import act, read_promise_time
from tests.factories import NOW, make_staff, make_ticket


def test_a_promise_within_some_time():
    assert read_promise_time({"within": "30"}, NOW) == NOW + timedelta(minutes=30)


def test_a_promise_by_a_time_of_day_is_in_the_desks_time_zone():
    at = read_promise_time({"within": "30", "at": "2026-10-15T18:00"}, NOW)
    assert at == datetime(2026, 10, 15, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("form", [{}, {"within": "7"}, {"at": "soon"}, {"within": "-30"}])
def test_a_promise_needs_a_time(form: dict[str, str]):
    with pytest.raises(InvalidInput):
        read_promise_time(form, NOW)


@pytest.mark.parametrize(
    ("verb", "form", "field"),
    [
        ("wait", {"for": "godot"}, "for"),
        ("compose", {"mode": "reply", "body": "Hello", "via": "pigeon"}, "via"),
        ("compose", {"mode": "note", "body": " "}, "body"),
        ("handling-plan", {"diagnosis": "x", "plan": "y", "chosen": "2", "option1": "a"}, "chosen"),
        ("assign", {"assignee": "nobody@desk.test"}, "assignee"),
        ("resolve", {"resolution": ""}, "resolution"),
        ("classify", {"category": "no.such"}, "category"),
        ("classify", {"severity": "enormous"}, "severity"),
    ],
)
async def test_invalid_input_names_the_field(
    desk: str, verb: str, form: dict[str, str], field: str
):
    staff = await make_staff()
    ticket = await make_ticket()
    with pytest.raises(InvalidInput) as refused:
        await act(verb, ticket.number, form, staff_id=staff, now=NOW)
    assert refused.value.field == field
    assert await fetch_value("SELECT state FROM ticket") == "new"


@pytest.mark.parametrize("mode", ["reply", "note", "call"])
async def test_a_form_submitted_twice_counts_once(desk: str, mode: str):
    staff, ticket = await make_staff(), await make_ticket()
    form = {"mode": mode, "body": "An engineer comes", "nonce": "n" * 22}
    for submitted in (form, form, form | {"body": "At three"}, form):
        await act("compose", ticket.number, submitted, staff_id=staff, now=NOW)
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'out'") == 2


async def test_an_unknown_verb(desk: str):
    with pytest.raises(NotFound):
        await act("explode", "100014", {}, staff_id=1, now=NOW)


async def test_resolving_with_an_unknown_cause_is_refused(desk: str):
    staff, ticket = await make_staff(), await make_ticket()
    form = {"resolution": "Fixed", "cause": "witchcraft"}
    with pytest.raises(InvalidInput) as refused:
        await act("resolve", ticket.number, form, staff_id=staff, now=NOW)
    assert refused.value.field == "cause"
