"""What a column may hold is declared once, in rules/, and checked by the table."""

# pyright: reportPrivateUsage=false
# Piccolo's own documentation uses _meta.

import re

import pytest
from asyncpg import CheckViolationError
from piccolo.columns import Array, Varchar
from piccolo.constraints import Check

from service_desk.database import fetch
from service_desk.rules.messages.vocabulary import WEBHOOK_EVENTS
from service_desk.rules.tickets.event_types import EVENT_TYPES
from service_desk.tables import TABLES
from service_desk.tickets.conversation import reply
from tests.factories import NOW, make_staff, make_ticket

# Names, addresses, numbers and words of people; ids and keys of other systems.
FREE = {
    "last_edit": {"thing", "field"},
    "staff": {"email", "name", "phone", "password_hash"},
    "staff_session": {"token_hash"},
    # A scope that no role has grants nothing: principal.allowed_scopes.
    "api_token": {"token_hash", "scopes"},
    "idempotent_request": {"key", "request_hash", "status", "response"},
    "category": {"code", "name_en", "name_zh", "keywords"},
    "safety_word": {"word"},
    "customer": {
        *("name", "phone", "phone_extension", "whatsapp_phone", "email", "handle", "region")
    },
    "asset": {"serial_number", "product"},
    "supplier": {"name", "email", "phone", "phone_extension", "contact_name"},
    "deposit_entry": {"currency", "reason"},
    "policy_version": {"name"},
    "policy_move": {"name", "swapped_with"},
    "calendar_version": {"name"},
    "ticket": {"number", "token", "subject", "product", "serial_number", "external_id"},
    "ticket_event": {"actor"},
    "message": {"provider_id"},
    "attachment": {"name", "declared_type", "media_type", "sha256", "storage_key", "source_url"},
    "webhook_subscription": {"url", "secret"},
    "outbox": {"recipient", "subject", "provider_id", "error"},
    "text_version": {"name"},
    "inbound_receipt": {"key", "contact"},
    "phone_call": {
        *("call_sid", "caller", "recording_sid", "recording_url"),
        *("entered_phone", "confirmed_phone"),
    },
    "compensation": {"currency", "reason"},
    "import_run": {"filename"},
    "imported_ticket": {"source", "external_id"},
    "import_rejection": {"column"},
}


def test_every_code_in_a_table_is_checked() -> None:
    unchecked: dict[str, set[str]] = {}
    for table in TABLES:
        conditions = " ".join(
            constraint._meta.params["condition"]
            for constraint in table._meta.constraints
            if isinstance(constraint, Check)
        )
        listed = {*re.findall(r"(\w+) (?:IN \(|<@ ARRAY)", conditions)}
        texts = {
            column._meta.name
            for column in table._meta.columns
            if isinstance(column, Varchar | Array)
        }
        if texts - listed:
            unchecked[table._meta.tablename] = texts - listed
    assert unchecked == FREE


def test_programs_subscribe_to_events_of_tickets() -> None:
    assert set(WEBHOOK_EVENTS) <= set(EVENT_TYPES)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ticket SET channel = 'pigeon'",
        "UPDATE ticket SET locale = 'fr'",
        "UPDATE message SET visibility = 'secret'",
        "UPDATE clock SET name = 'coffee'",
        "UPDATE outbox SET purpose = 'ticket.opened'",
        "UPDATE outbox SET channel = 'webhook'",
        (
            "INSERT INTO webhook_subscription (url, events, secret, created_at) "
            "VALUES ('https://example.com', '{ticket.opened,ticket.noted}', 'x', now())"
        ),
    ],
)
async def test_a_table_refuses_other_codes(desk: str, change: str) -> None:
    ticket = await make_ticket()
    await reply(ticket.number, "We are looking into it.", staff_id=await make_staff(), now=NOW)
    with pytest.raises(CheckViolationError):
        await fetch(change)
