"""Ticket events and their records."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service_desk.rules.clocks.ticket_clocks import TicketClocks
from service_desk.rules.messages.vocabulary import WEBHOOK_EVENTS
from service_desk.rules.tickets.event import EventData, ids_in
from service_desk.rules.tickets.event_types import EVENTS, UnreadableEvent, read_event
from service_desk.rules.tickets.events import (
    Change,
    TicketAssigned,
    TicketClassified,
    TicketWaiting,
)
from service_desk.ticket_views.sentences import SENTENCES
from tests.events import USUAL, event

AT = datetime(2026, 10, 19, 2, 0, tzinfo=UTC)
PLAIN_NUMBERS = {
    *("message", "compensation", "amount", "score", "chosen", "percent", "ordinal", "seconds"),
    *("target_seconds", "policy_version", "calendar_version"),
}
# What docs/design.md §3 promises.
CLOCK_EVENTS = ("started", "paused", "resumed", "met", "breached", "level_reached", "cancelled")


@pytest.mark.parametrize("type_", EVENTS)
def test_what_is_recorded_is_read_again(type_: str) -> None:
    data = event(type_, AT).data
    record = msgspec.json.encode(data).decode()
    assert type(data) is EVENTS[type_]
    assert msgspec.json.decode(record) == USUAL[type_]
    assert read_event(type_, AT, record).data == data
    assert read_event(type_, AT, msgspec.json.decode(record)).data == data


def test_a_record_has_plain_names_and_leaves_out_what_is_as_usual() -> None:
    assert msgspec.to_builtins(TicketAssigned(None, 7)) == {"from": None, "to": 7}
    assert msgspec.to_builtins(TicketWaiting("parts")) == {"for": "parts"}
    classified = TicketClassified(supplier=Change(3, None))
    assert msgspec.to_builtins(classified) == {"supplier": {"from": 3, "to": None}}


def test_the_events_of_clocks_name_the_clock() -> None:
    for kind in CLOCK_EVENTS:
        assert "clock" in EVENTS[f"clock.{kind}"].__struct_fields__
    assert "percent" in EVENTS["clock.level_reached"].__struct_fields__


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("ticket.noted", {}, "no such type of event"),
        ("ticket.waiting", {}, "missing required field `for`"),
        ("ticket.waiting", {"for": "rain"}, "Invalid enum value 'rain'"),
        ("sla.policy_applied", [], "Expected `object`, got `array`"),
    ],
)
def test_an_edited_record_is_named(type_: str, data: Any, reason: str) -> None:
    for record in (data, msgspec.json.encode(data).decode()):
        with pytest.raises(UnreadableEvent, match=rf"{type_} of 2026-10-19 .*{reason}"):
            read_event(type_, AT, record)


def test_the_reference_lists_every_event_with_its_data_and_what_it_concerns() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/events.md").read_text()
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    documented = {
        type_[3:-1]: (re.findall(r"`(\w+)`", data), re.findall(r"\w+", concerns))
        for type_, data, concerns, *_ in rows
    }
    assert documented == {
        type_: ([field.encode_name for field in msgspec.structs.fields(data)], [*_concerns(type_)])
        for type_, data in EVENTS.items()
    }


def _concerns(type_: str) -> Iterator[str]:
    if TicketClocks.handles(event(type_, AT)):
        yield "clocks"
    if EVENTS[type_].is_contact is not EventData.is_contact:
        yield "contact"
    if EVENTS[type_].changes_figures:
        yield "figures"
    if type_ in WEBHOOK_EVENTS:
        yield "webhooks"


def test_a_customers_message_and_an_answered_call_are_contact_with_the_customer() -> None:
    assert event("message.received", AT).data.is_contact
    assert event("message.no_reply_needed", AT).data.is_contact
    assert event("call.logged", AT, {"answered": True}).data.is_contact
    assert not event("call.logged", AT, {"answered": False}).data.is_contact
    assert not event("message.sent", AT).data.is_contact


def test_an_id_says_of_what_it_is() -> None:
    """Plain numbers in an event are amounts, positions, and ids whose names nobody looks up."""
    assert ids_in(TicketClassified) == {"category": "category", "supplier": "supplier"}
    assert ids_in(TicketAssigned) == {"from_": "staff", "to": "staff"}
    plain = {
        field.name
        for data in EVENTS.values()
        for field in msgspec.structs.fields(data)
        if "int" in re.findall(r"\w+", str(field.type)) and field.name not in ids_in(data)
    }
    assert plain == PLAIN_NUMBERS


def test_no_other_name_of_an_event_is_written_anywhere() -> None:
    """In SQL, REST and pages too."""
    nouns = "|".join({type_.partition(".")[0] for type_ in EVENTS})
    name = re.compile(rf"""['"]((?:{nouns})\.(?!css|html)[a-z_]+)['"]""")
    root = Path(__file__).parents[3]
    paths = [path for where in ("service_desk", "workers", "migrations")
             for path in (root / where).rglob("*") if path.suffix in (".py", ".html")]  # fmt: skip
    written = {(type_, path.name) for path in paths for type_ in name.findall(path.read_text())}
    assert len({type_ for type_, _ in written}) > 40
    wrong = {(type_, where) for type_, where in written if type_ not in EVENTS}
    # The sentences have variants of a type, and only they.
    assert wrong == {(variant, "sentences.py") for variant in SENTENCES if variant not in EVENTS}
