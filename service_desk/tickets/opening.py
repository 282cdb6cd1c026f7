"""open_ticket: where all channels end (DESIGN §2.1). A channel only translates."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from service_desk.attachments.operations import attach
from service_desk.attachments.schemas import NewAttachment
from service_desk.customers.finding import (
    FoundCustomer,
    NewCustomer,
    find_or_make_customer,
    known_customer,
)
from service_desk.database import after_commit, fetch, fetch_one, transaction
from service_desk.errors import InvalidInput
from service_desk.live.events import announce
from service_desk.rules.clock_changes import transitions
from service_desk.rules.ranking import Ranking, rank
from service_desk.rules.search_tokens import tokens
from service_desk.rules.sla_clocks import Event, fold_clocks
from service_desk.rules.sla_policies import Facts
from service_desk.rules.supplier_names import clean_name
from service_desk.rules.ticket_numbers import make_number
from service_desk.sla.rows import (
    CLOCK_COLUMNS,
    KeptClock,
    append,
    append_events,
    clock_columns,
    event_columns,
    upsert_clocks,
)
from service_desk.sla.versions import CURRENT_VERSIONS_SQL, policy_for, read_current, versions
from service_desk.suppliers.naming import supplier_named
from service_desk.tickets.answering import Recipient, say_automatically
from service_desk.tickets.categories import suggested_category
from service_desk.tickets.change import SYSTEM
from service_desk.tickets.safety_words import safety_words_in

Kind = Literal["complaint", "repair", "exchange_return", "enquiry"]
Severity = Literal["safety", "high", "normal", "low"]
Channel = Literal["web", "sms", "call", "email", "api", "counter", "whatsapp"]
SUBJECT_LENGTH = 200


class NewTicket(msgspec.Struct, frozen=True):
    """What a channel understood. `category` is a code, `supplier` a name."""

    kind: Kind
    description: str
    channel: Channel
    customer: NewCustomer
    subject: str = ""
    severity: Severity | None = None
    category: str | None = None
    product: str | None = None
    serial_number: str | None = None
    supplier: str | None = None
    external_id: str | None = None
    message_id: str | None = None  # MessageSid or RecordingSid: taken in once
    attachments: tuple[NewAttachment, ...] = ()
    linked_to: str | None = None  # number of an earlier ticket this one follows
    split: "SplitMessage | None" = None


class SplitMessage(msgspec.Struct, frozen=True):
    """A message of a customer's other ticket (`linked_to`) that opens this one."""

    id: int
    customer: int


class OpenedTicket(msgspec.Struct, frozen=True):
    id: int
    number: str
    token: str
    locale: str
    customer: int
    severity: str
    duplicate_of: str | None


async def open_ticket(
    new: NewTicket, *, actor: str, received_at: datetime, now: datetime, acknowledge: bool = False
) -> OpenedTicket:
    """Open a ticket with its first message, history, clocks and rank, in one transaction.

    `received_at` is the moment the customer reached us; its clocks start there. `acknowledge`
    sends the number by SMS or e-mail, for channels that do not answer by themselves.
    Raises InvalidInput for contacts and categories that we cannot read.
    """
    new = _clean(new)
    text = f"{new.subject}\n{new.description}"
    async with transaction():
        customer = (
            await known_customer(new.split.customer)
            if new.split is not None
            else await find_or_make_customer(new.customer, text=text, now=now)
        )
        supplier = None
        if new.supplier is not None:
            named = await supplier_named(new.supplier, now=received_at)
            supplier, new = named.id, msgspec.structs.replace(new, supplier=named.name)
        category = new.category or await suggested_category(text)
        facts = await _gather(new, customer, category, supplier, received_at)
        safety_words = await safety_words_in(text)
        severity = "safety" if safety_words else new.severity or "normal"
        recipient = Recipient(
            facts["id"], make_number(facts["id"]), secrets.token_urlsafe(24), customer.locale,
            customer.phone, customer.email,
        )  # fmt: skip

        events = [_opened(new, facts, customer, severity, received_at)]
        if safety_words and new.severity != "safety":
            raised = {"from": new.severity or "normal", "to": "safety", "words": safety_words}
            events.append(Event("severity.raised", received_at, raised))
        applied = await policy_for(
            Facts(new.kind, new.channel, severity, customer.tier, new.supplier),
            read_current(facts),
        )
        events.append(Event("sla.policy_applied", received_at, applied))
        known = await versions((applied["policy_version"],), (applied["calendar_version"],))
        clocks = fold_clocks(events, known.policies, known.calendars)
        ranking = rank(clocks, severity, customer.tier, facts["earlier_complaints"])

        events += transitions((), clocks, received_at)
        history = (
            [recipient.ticket] * len(events), events,
            [actor] + [SYSTEM] * (len(events) - 1), now,
        )  # fmt: skip
        kept = [KeptClock(recipient.ticket, clock) for clock in clocks]
        # Webhooks tell of the ticket, which a statement does not see before it has ended.
        at_once = (
            event_columns(*history) if not facts["subscribed"] else event_columns((), (), (), now)
        )
        columns = [*clock_columns(kept, known), *at_once]
        await _insert(new, facts, recipient, customer, severity, ranking, received_at, columns)
        if facts["subscribed"]:
            await append_events(*history)
        await attach(facts["message"], new.attachments, at=received_at)
        if acknowledge:
            said = await _acknowledge(recipient, severity, now)
            await append_events([recipient.ticket], [said], [SYSTEM], now)
        after_commit(lambda: announce(recipient.number))
        return OpenedTicket(
            recipient.ticket, recipient.number, recipient.token, customer.locale, customer.id,
            severity, facts["duplicate_number"],
        )  # fmt: skip


def _opened(
    new: NewTicket, facts: Any, customer: FoundCustomer, severity: str, received_at: datetime
) -> Event:
    said = {
        "kind": new.kind,
        "channel": new.channel,
        "severity": severity,
        "message": new.split.id if new.split is not None else facts["message"],
        "category": facts["category_code"],
        "supplier": new.supplier,
        "duplicate_of": facts["duplicate_number"],
        "linked_to": new.linked_to,
    }
    if new.split is not None:
        said["split_from"] = new.linked_to
    if customer.learned:
        said["learned"] = customer.learned
    if customer.contact:
        said["contact"] = customer.contact
    return Event("ticket.opened", received_at, said)


async def _gather(
    new: NewTicket, customer: FoundCustomer, category: str | None, supplier: int | None,
    received_at: datetime,
) -> Any:  # fmt: skip
    """Everything the opening depends on, in one query."""
    row = await fetch_one(
        f"""
        SELECT nextval('ticket_id_seq') AS id, nextval('message_id_seq') AS message, facts.*,
            duplicate.id AS duplicate_of, duplicate.number AS duplicate_number
        FROM (
            SELECT {CURRENT_VERSIONS_SQL},
                category.id AS category, category.code AS category_code,
                $4::bigint AS supplier, earlier.id AS linked_to,
                (SELECT count(*) FROM ticket WHERE customer = $1 AND kind = 'complaint'
                    AND received_at < $2 AND received_at >= $2 - interval '30 days'
                )::int AS earlier_complaints,
                EXISTS (SELECT FROM webhook_subscription WHERE deleted_at IS NULL) AS subscribed
            FROM (SELECT 1) AS one
                LEFT JOIN category ON category.code = $3
                LEFT JOIN ticket earlier ON earlier.number = $5
        ) AS facts
        LEFT JOIN LATERAL (
            SELECT id, number FROM ticket
            WHERE customer = $1 AND state NOT IN ('resolved', 'closed')
                AND ticket.category IS NOT DISTINCT FROM facts.category
                AND (product = $6 OR ticket.supplier = facts.supplier
                    -- What nobody named may still be the same, if the category is known.
                    OR facts.category IS NOT NULL AND coalesce(
                        product, $6, ticket.supplier::text, facts.supplier::text) IS NULL)
            ORDER BY id DESC LIMIT 1
        ) AS duplicate ON true
        """,
        customer.id, received_at, category, supplier, new.linked_to,
        new.product,
    )  # fmt: skip
    assert row is not None
    if new.category is not None and row["category"] is None:
        raise InvalidInput(
            "There is no category {code}. Leave it out to have one suggested.",
            field="category",
            code=new.category,
        )
    return row


# The ticket, its first message, clocks and history, in one statement: this is the hot path.
_INSERT = f"""
WITH opened AS (
    INSERT INTO ticket (id, number, token, kind, severity, state, channel, subject, description,
        locale, customer, product, serial_number, category, category_confirmed, cause, supplier,
        external_id, duplicate_of, linked_to, received_at, reopened, resolution, last_message_at,
        earlier_complaints, rank_at, rank_because, search)
    VALUES ($1, $2, $3, $4, $5, 'new', $6, $7, $8, $9, $10, $11, $12, $13, $14, 'unknown', $15,
        $16, $17, $18, $19, 0, '', $19, $20, $21, $22, array_to_tsvector($23))),
clocks AS ({upsert_clocks(26)}),
history AS ({append(26 + CLOCK_COLUMNS)})
INSERT INTO message (id, ticket, direction, visibility, channel, automatic, body, external_id, at)
VALUES ($24, $1, 'in', 'public', $6, false, $8, $25, $19)
ON CONFLICT (id) DO UPDATE SET ticket = excluded.ticket
"""


async def _insert(
    new: NewTicket, facts: Any, recipient: Recipient, customer: FoundCustomer, severity: str,
    ranking: Ranking, received_at: datetime, clocks_and_history: list[Any],
) -> None:  # fmt: skip
    await fetch(
        _INSERT,
        recipient.ticket, recipient.number, recipient.token, new.kind, severity, new.channel,
        new.subject, new.description, customer.locale, customer.id, new.product,
        new.serial_number, facts["category"], new.category is not None, facts["supplier"],
        new.external_id, facts["duplicate_of"], facts["linked_to"], received_at,
        facts["earlier_complaints"], ranking.rank_at, ranking.because,
        _searchable(new, recipient.number, customer),
        new.split.id if new.split is not None else facts["message"], new.message_id,
        *clocks_and_history,
    )  # fmt: skip


async def _acknowledge(recipient: Recipient, severity: str, now: datetime) -> Event:
    name = "acknowledgement_safety" if severity == "safety" else "acknowledgement"
    said = await say_automatically(recipient, name, purpose="acknowledgement", now=now)
    return Event("message.sent", now, {"message": said.message, "via": said.via, "automatic": True})


def _searchable(new: NewTicket, number: str, customer: FoundCustomer) -> Sequence[str]:
    parts = [
        number, new.subject, new.description, new.product, new.serial_number, new.supplier,
        new.external_id, customer.name, customer.phone, customer.email,
        *customer.contact.values(),
    ]  # fmt: skip
    return tokens("\n".join(part for part in parts if part))


def _clean(new: NewTicket) -> NewTicket:
    """NUL cannot be stored; a subject is the first line of the text if the channel has none."""
    description = new.description.replace("\0", "")
    subject = " ".join(new.subject.replace("\0", "").split())
    if not subject:
        subject = next((line.strip() for line in description.splitlines() if line.strip()), "")
    if len(subject) > SUBJECT_LENGTH:
        subject = subject[: SUBJECT_LENGTH - 1] + "…"
    supplier = clean_name(new.supplier or "") or None
    return msgspec.structs.replace(new, description=description, subject=subject, supplier=supplier)
