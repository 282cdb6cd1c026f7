"""The one place where a ticket changes. (Imports write finished history: imports/writing.py.)

    async with change_ticket(number, actor="staff:7", now=now) as change:
        change.move_to("resolved")
        change.set(resolved_at=now, resolution=text)
        change.record(TicketResolved(text))

When the block ends, in the same transaction: the levels reached before it are found, all clocks are
computed from the events again, those that differ are written, the ticket is ranked, its row is
updated once, and all events are appended: the levels, those recorded in the block, and the
`clock.*` events that follow from them. Staff are alerted to the levels. Live pages are notified
after the commit.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.rows import (
    StoredClock,
    append_events,
    changed_clocks,
    lock_clocks,
    raise_alerts,
    write_clocks,
)
from service_desk.clocks.versions import (
    CURRENT_VERSIONS_SQL,
    Versions,
    all_rollouts,
    load_applied_versions,
    policy_for,
    promised_terms_in,
    read_current,
)
from service_desk.database import after_commit, fetch, fetch_one, to_json, transaction
from service_desk.errors import MoveNotAllowed, NotFound
from service_desk.live.publishing import publish_changes
from service_desk.principal import SYSTEM, is_staff
from service_desk.rows import update
from service_desk.rules.clocks.changes import LevelDue, level_events, levels_due, transitions
from service_desk.rules.clocks.fold import fold_clocks
from service_desk.rules.clocks.ranking import rank
from service_desk.rules.customers.tiering import Tier
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.tickets.event import Event, EventData
from service_desk.rules.tickets.event_types import read_event
from service_desk.rules.tickets.events import TicketReopened
from service_desk.rules.tickets.states import ENDED, IllegalMove, TicketState, check_move
from service_desk.rules.tickets.vocabulary import Cause, Channel, Kind, Severity
from service_desk.rules.words.languages import Locale
from service_desk.suppliers.facts import recheck_ladders
from service_desk.tables import Ticket
from service_desk.tickets.finding import find_by
from service_desk.tickets.refusals import merged_away, refused_move

OFFENCE_COLUMNS = {"kind", "cause", "category", "supplier", "merged_into"}

# FOR NO KEY UPDATE: the sweep can still insert events that refer to the ticket.
_LOCK_TICKET = """
SELECT t.*, c.tier, c.phone AS customer_phone, c.email AS customer_email,
    c.last_whatsapp_at AS customer_last_whatsapp_at, c.handle AS customer_handle,
    c.handle_wrote_at AS customer_handle_wrote_at, s.name AS supplier_name
FROM ticket t JOIN customer c ON c.id = t.customer LEFT JOIN supplier s ON s.id = t.supplier
WHERE t.number = $1 FOR NO KEY UPDATE OF t
"""
_EVENTS = """
SELECT type, at, data::text FROM ticket_event
WHERE ticket = $1 AND type NOT LIKE 'clock.%' ORDER BY id
"""
_CURRENT_VERSIONS = f"SELECT {CURRENT_VERSIONS_SQL}"
RECORD_CONTACT = """
UPDATE customer SET last_contact_at = greatest(last_contact_at, $2) WHERE id = $1
"""


class TicketFacts(msgspec.Struct):
    """The locked row of the ticket, with the columns of its customer and supplier that operations
    decide by."""

    id: int
    number: str
    token: str
    kind: Kind
    severity: Severity
    state: TicketState
    channel: Channel
    subject: str
    locale: Locale
    customer: int
    customer_phone: str | None
    customer_email: str | None
    customer_last_whatsapp_at: datetime | None
    customer_handle: str | None
    customer_handle_wrote_at: datetime | None
    tier: Tier
    category: int | None
    supplier: int | None
    supplier_name: str | None
    cause: Cause
    assignee: int | None
    received_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    merged_into: int | None
    callback_requested_at: datetime | None
    earlier_complaints: int
    reopen_count: int


class TicketChange:
    """The changes that an operation makes to a ticket, collected until the block ends."""

    def __init__(
        self, ticket: TicketFacts, events: list[Event], clocks: list[StoredClock], actor: str,
        now: datetime,
    ) -> None:  # fmt: skip
        self.ticket = ticket
        self.supplier_before = ticket.supplier
        self.events = events
        self.clocks = clocks
        self.actor = actor
        # The history is in order of time, even if the clocks of two machines differ a little.
        self.now = max([now, *(event.at for event in events[-1:])])
        self.recorded: list[Event] = []
        self.columns: dict[str, Any] = {}

    def record(self, data: EventData) -> None:
        """Append an event to the history."""
        self.recorded.append(Event(self.now, data))

    def set(self, **columns: Any) -> None:
        """Change columns of the ticket's row."""
        self.columns |= columns
        for name in columns.keys() & set(TicketFacts.__struct_fields__):
            setattr(self.ticket, name, columns[name])

    def move_to(self, state: TicketState) -> None:
        """Raises MoveNotAllowed, with the present state and the states it can move to."""
        try:
            check_move(self.ticket.state, state)
        except IllegalMove as refused:
            raise refused_move(refused) from refused
        self.set(state=state)
        if state in ENDED:
            self.set(callback_requested_at=None)

    def require_open(self) -> None:
        """Raises MoveNotAllowed for a ticket that is resolved or closed."""
        if self.ticket.state in ENDED:
            raise MoveNotAllowed(
                "This ticket is {state}; reopen it first.", state=self.ticket.state
            )

    def open_if_new(self) -> None:
        """For the first action of staff on a new ticket."""
        if self.ticket.state == "new":
            self.move_to("open")

    def reopen(self, reason: str | None = None) -> None:
        """`reason`: in the words of staff; None: the customer wrote."""
        self.move_to("open")
        self.set(resolved_at=None, closed_at=None, reopen_count=self.ticket.reopen_count + 1)
        self.record(TicketReopened(reason))

    async def choose_policy(self) -> None:
        """Apply the policy that matches now, after a fact that it is chosen by has changed.

        While the same policy matches, the ticket keeps the version it was promised. If it returns
        to an earlier policy, it gets the version it had then, or a later one that was applied to
        open tickets since.
        """
        promised = await promised_terms_in(self.events + self.recorded, await all_rollouts())
        if promised is None:
            return
        current = read_current(await fetch_one(_CURRENT_VERSIONS))
        matching = await policy_for(policy_facts(self.ticket), current)
        if matching.policy != promised.current.policy:
            self.record(promised.by_policy.get(matching.policy, matching))


@asynccontextmanager
async def change_ticket(
    number: str, *, actor: str, now: datetime, merged_too: bool = False
) -> AsyncGenerator[TicketChange]:
    """Lock the ticket, and write what the block changed when it ends. Raises NotFound, and for
    staff MoveNotAllowed if it was merged into another one (`merged_too`: still possible then)."""
    async with transaction(plan_once=True):
        ticket = await lock_ticket(number)
        if ticket.merged_into and is_staff(actor) and not merged_too:
            raise await merged_away(number)
        rows = await fetch(_EVENTS, ticket.id)
        events = [read_event(row["type"], row["at"], row["data"]) for row in rows]
        change = TicketChange(ticket, events, await lock_clocks(ticket.id), actor, now)
        yield change
        await _write(change, recorded_at=now)
        after_commit(lambda: publish_changes(ticket.number))


async def lock_tickets(*numbers: str) -> dict[str, TicketFacts]:
    """Lock several tickets, always in the same order, so that two transactions cannot deadlock."""
    return {number: await lock_ticket(number) for number in sorted(numbers)}


async def lock_ticket(number: str) -> TicketFacts:
    """Until the end of the transaction. Raises NotFound."""
    row = await fetch_one(_LOCK_TICKET, number)
    if row is None:
        raise NotFound("There is no ticket {number}. Check the number.", number=number)
    return TicketFacts(**{name: row[name] for name in TicketFacts.__struct_fields__})


def policy_facts(ticket: TicketFacts) -> PolicyFacts:
    return PolicyFacts(
        kind=ticket.kind,
        channel=ticket.channel,
        severity=ticket.severity,
        tier=ticket.tier,
        supplier=ticket.supplier_name,
    )


async def _write(change: TicketChange, recorded_at: datetime) -> None:
    ticket, history = change.ticket, change.events + change.recorded
    versions = await load_applied_versions(history)
    due = _record_levels(change, versions)
    clocks = fold_clocks(history, versions.policies, versions.calendars)
    await write_clocks(changed_clocks(ticket.id, change.clocks, clocks, due, versions), versions)
    ranking = rank(clocks, ticket.severity, ticket.tier, ticket.earlier_complaints)
    if any(event.data.is_contact for event in change.recorded):
        await fetch(RECORD_CONTACT, ticket.customer, change.now)
    ranked = {"rank_at": ranking.rank_at, "rank_because": to_json(ranking.because)}
    await update(Ticket, change.columns | ranked, id=ticket.id)
    await find_by(ticket.id, change.columns)
    if change.columns.keys() & OFFENCE_COLUMNS:
        await recheck_ladders([change.supplier_before, ticket.supplier])
    moved = transitions([stored.clock for stored in change.clocks], clocks, change.now)
    entries = [
        *((SYSTEM, event) for event in level_events(due)),
        *((change.actor, event) for event in change.recorded),
        *((SYSTEM, event) for event in moved),
    ]
    await append_events(
        [ticket.id] * len(entries),
        [event for _, event in entries],
        [actor for actor, _ in entries],
        recorded_at,
    )
    await raise_alerts([ticket.id] * len(due), due, recorded_at)


def _record_levels(change: TicketChange, versions: Versions) -> list[LevelDue]:
    """Levels that were reached before this change and that the sweep has not recorded yet."""
    due: list[LevelDue] = []
    for stored in change.clocks:
        reached = levels_due(
            stored.clock,
            stored.level_reached,
            versions.policies[stored.clock.policy_version],
            versions.business_time(stored.clock.calendar_version),
            change.now,
        )
        if reached:
            stored.level_reached = reached[-1].percent
            due += reached
    return sorted(due, key=lambda level: level.at)
