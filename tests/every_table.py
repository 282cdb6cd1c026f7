"""A desk with a row at least in every table, for what must not lose one: migrations."""

from datetime import date, timedelta
from typing import Any

from piccolo.table import Table

from service_desk import tables
from service_desk.rows import insert
from tests.factories import NOW, empty_desk, make_staff, make_ticket

MONTH = date(2026, 10, 1)
LATER = NOW + timedelta(days=1)

# In an order in which each finds what it refers to; ids begin with 1. What a new desk has, and
# what comes with a ticket, is not here: categories, words, terms, events, messages, clocks.
ROWS: tuple[tuple[type[Table], dict[str, Any]], ...] = (
    (tables.StaffSession, {"token_hash": "a", "staff": 1, "created_at": NOW, "expires_at": LATER}),
    (tables.ApiToken, {"token_hash": "a", "staff": 1, "scopes": ["all"], "created_at": NOW}),
    (
        tables.IdempotentRequest,
        {"key": "a", "request_hash": "b", "status": "201", "response": "{}", "created_at": NOW},
    ),
    (tables.Notification, {"staff": 1, "kind": "assigned", "ticket": 1, "at": NOW}),
    (tables.CustomerPair, {"customer": 1, "other": 1, "at": NOW}),
    (
        tables.TierChange,
        {"customer": 1, "tier_before": "C", "tier_after": "A", "reason": {"x": 1}, "at": NOW},
    ),
    (tables.TierReview, {"month": MONTH, "customer_count": 3, "changed_count": 1, "at": NOW}),
    (
        tables.Revisit,
        {"customer": 1, "kind": "call", "target_on": MONTH, "due_on": MONTH, "created_at": NOW},
    ),
    (tables.RevisitPlanning, {"day": MONTH, "planned_count": 1, "at": NOW}),
    (
        tables.ContactLog,
        {"customer": 1, "staff": 1, "revisit": 1, "channel": "call", "direction": "out", "at": NOW},
    ),
    (
        tables.Asset,
        {"serial_number": "HX7", "product": "Kettle", "customer": 1, "created_at": NOW},
    ),
    (tables.Supplier, {"name": "美泉电器", "created_at": NOW}),
    (
        tables.SupplierAction,
        {
            "supplier": 1, "category": 1, "month": MONTH, "rung": "ultimatum",
            "evidence": ["100001"], "because": {"count": 2}, "proposed_at": NOW,
        },
    ),
    (
        tables.DepositEntry,
        {"supplier": 1, "kind": "deposit", "amount": 100, "reason": "As agreed", "at": NOW},
    ),
    (
        tables.PolicyMove,
        {"name": "safety", "swapped_with": "standard", "up": True, "moved_at": NOW},
    ),
    (
        tables.CalendarVersion,
        {"name": "office", "version": 1, "body": {"week": {}}, "created_at": NOW},
    ),
    (tables.SafetyWord, {"word": "drones", "created_at": NOW, "created_by": 1}),
    (tables.SlaRollout, {"requested_by": 1, "requested_at": NOW, "subject": {"policy": "safety"}}),
    (
        tables.Attachment,
        {"message": 1, "name": "leak.jpg", "state": "pending", "received_at": NOW},
    ),
    (
        tables.StaffAlert,
        {"ticket": 1, "clock": 1, "percent": 80, "recipients": ["assignee"], "at": NOW,
         "notify_after": NOW},
    ),
    (tables.Rating, {"ticket": 1, "requested_at": NOW, "score": 4, "rated_at": LATER}),
    (
        tables.WebhookSubscription,
        {"url": "https://example.com", "events": ["ticket.opened"], "secret": "s",
         "created_at": NOW},
    ),
    (
        tables.Outbox,
        {"channel": "sms", "recipient": "+8613800138000", "body": "Hello", "ticket": 1,
         "message": 1, "purpose": "reply", "created_at": NOW},
    ),
    (tables.SendThrottle, {"channel": "sms", "available_at": NOW}),
    (
        tables.TextVersion,
        {"name": "ack", "locale": "zh", "version": 1, "body": "您好", "created_at": NOW},
    ),
    (tables.InboundReceipt, {"key": "sms:SM1", "response": "<Response/>", "at": NOW}),
    (tables.PhoneCall, {"call_sid": "CA1", "ticket": 1, "locale": "zh", "started_at": NOW}),
    (
        tables.Compensation,
        {"ticket": 1, "amount": 100, "reason": "Water damage", "proposed_by": 1,
         "proposed_at": NOW, "recovered_from": 1},
    ),
    (tables.MonthlyAnalysis, {"month": MONTH, "as_of": NOW, "drafted_at": NOW}),
    (
        tables.ImportRun,
        {"filename": "old.csv", "mapping": {"number": "No"}, "started_at": NOW, "content": b"\0"},
    ),
    (
        tables.ImportedTicket,
        {"source": "old", "external_id": "7", "ticket": 1, "run": 1, "line": 2},
    ),
    (tables.ImportRejection, {"run": 1, "line": 3, "reason": "no date"}),
    (tables.DemoClock, {"offset_seconds": 60}),
    (
        tables.LongJob,
        {"kind": "export", "input": {"what": "complaints"}, "requested_by": 1, "requested_at": NOW},
    ),
    (tables.LongJobPart, {"job": 1, "position": 0, "content": b"\0"}),
    (tables.LastEdit, {"thing": "customer 1", "field": "name", "staff": 1, "at": NOW}),
)  # fmt: skip


async def fill_every_table() -> None:
    await empty_desk()
    await make_staff()
    for description in ("It does not spin", "It leaks", "It smells of smoke"):
        await make_ticket(description)
    for table, values in ROWS:
        await insert(table, **values)
