"""The one place where a ticket changes.

    async with change_ticket(number, actor="staff:7", now=now) as change:
        change.move_to("resolved")
        change.set(resolved_at=now, resolution=text)
        change.record("ticket.resolved", resolution=text)

On leaving, in the same transaction: levels passed so far are recorded, the new events appended,
all clocks folded anew from the events, what differs written with its `clock.*` events, the ticket
ranked and its row updated once. Live pages hear of it after the commit.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec

from service_desk.clocks.rows import (
    StoredClock,
    append_events,
    lock_clocks,
    raise_alerts,
    write_clocks,
)
from service_desk.clocks.versions import (
    CURRENT_VERSIONS_SQL,
    all_rollouts,
    load_versions,
    policy_for,
    promised_terms_in,
    read_current,
)
from service_desk.database import after_commit, fetch, fetch_one, transaction
from service_desk.errors import MoveNotAllowed, NotFound
from service_desk.live.events import publish_changes
from service_desk.rules.clocks.changes import LevelDue, level_events, levels_due, transitions
from service_desk.rules.clocks.fold import Clock, Event, fold_clocks
from service_desk.rules.clocks.ranking import rank
from service_desk.rules.policies.policies import PolicyFacts
from service_desk.rules.tickets.states import ENDED, IllegalMove, check_move

CUSTOMER = "customer"
SYSTEM = "system"


def staff_actor(staff_id: int) -> str:
    return f"staff:{staff_id}"


class TicketFacts(msgspec.Struct):
    """The ticket's row under lock, with what of its customer and supplier decides something."""

    id: int
    number: str
    token: str
    kind: str
    severity: str
    state: str
    channel: str
    subject: str
    locale: str
    customer: int
    customer_phone: str | None
    customer_email: str | None
    customer_last_whatsapp_at: datetime | None
    tier: str
    category: int | None
    supplier: int | None
    supplier_name: str | None
    cause: str
    assignee: int | None
    received_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    merged_into: int | None
    callback_requested_at: datetime | None
    earlier_complaints: int
    reopened: int


class TicketChange:
    """What an operation wants of a ticket; nothing is written before the block ends."""

    def __init__(
        self, ticket: TicketFacts, events: list[Event], clocks: list[StoredClock], actor: str,
        now: datetime,
    ) -> None:  # fmt: skip
        self.ticket = ticket
        self.events = events
        self.clocks = clocks
        self.actor = actor
        # History never runs backwards, even if two machines' clocks differ a little.
        self.now = max([now, *(event.at for event in events[-1:])])
        self.recorded: list[Event] = []
        self.columns: dict[str, Any] = {}

    def record(self, type_: str, /, **data: Any) -> None:
        """Append to the history."""
        self.recorded.append(Event(type_, self.now, data))

    def set(self, **columns: Any) -> None:
        """Change columns of the ticket's row."""
        self.columns |= columns
        for name in columns.keys() & set(TicketFacts.__struct_fields__):
            setattr(self.ticket, name, columns[name])

    def move_to(self, state: str) -> None:
        """Raises MoveNotAllowed, naming the present state and what is allowed from it."""
        try:
            check_move(self.ticket.state, state)
        except IllegalMove as refused:
            raise MoveNotAllowed(
                "The ticket is {state}; it cannot become {wanted}. From here it can become: "
                "{allowed}.",
                state=refused.present,
                wanted=refused.wanted,
                allowed=", ".join(refused.allowed) or "nothing",
            ) from refused
        self.set(state=state)
        if state in ENDED:
            self.set(callback_requested_at=None)  # nobody waits for a call about what is over

    def require_open(self) -> None:
        """Raises MoveNotAllowed for a ticket that is resolved or closed."""
        if self.ticket.state in ("resolved", "closed"):
            raise MoveNotAllowed(
                "This ticket is {state}; reopen it first.", state=self.ticket.state
            )

    def begin(self) -> None:
        """The first thing that staff do with a new ticket opens it."""
        if self.ticket.state == "new":
            self.move_to("open")

    def reopen(self, reason: str) -> None:
        if self.ticket.merged_into is not None:
            raise MoveNotAllowed(
                "This ticket was merged into another; go on there.", state=self.ticket.state
            )
        self.move_to("open")
        self.set(resolved_at=None, closed_at=None, reopened=self.ticket.reopened + 1)
        self.record("ticket.reopened", reason=reason)

    async def choose_policy(self) -> None:
        """After something that the choice depends on changed: the policy that fits now.

        While that stays the same one, the ticket keeps the version it was promised; back under an
        earlier one, the version from then, or what open tickets under it were given since.
        """
        promised = await promised_terms_in(self.events + self.recorded, await all_rollouts())
        if promised is None:
            return
        row = await fetch_one(f"SELECT {CURRENT_VERSIONS_SQL}")
        fitting = await policy_for(policy_facts(self.ticket), read_current(row))
        if fitting["policy"] != promised.now.policy:
            earlier = promised.under.get(fitting["policy"])
            terms = fitting if earlier is None else msgspec.structs.asdict(earlier)
            self.record("sla.policy_applied", **terms)


@asynccontextmanager
async def change_ticket(number: str, *, actor: str, now: datetime) -> AsyncGenerator[TicketChange]:
    """Lock the ticket, let the block say what changes, and write it all. Raises NotFound."""
    async with transaction():
        ticket = await lock_ticket(number)
        rows = await fetch(
            "SELECT type, at, data FROM ticket_event "
            "WHERE ticket = $1 AND type NOT LIKE 'clock.%' ORDER BY id",
            ticket.id,
        )
        events = [Event(row["type"], row["at"], row["data"]) for row in rows]
        change = TicketChange(ticket, events, await lock_clocks(ticket.id), actor, now)
        yield change
        await _write(change, recorded_at=now)
        after_commit(lambda: publish_changes(ticket.number))


async def lock_tickets(*numbers: str) -> dict[str, TicketFacts]:
    """Several, by number: in one order, so that two who need the same do not wait crosswise."""
    return {number: await lock_ticket(number) for number in sorted(numbers)}


async def lock_ticket(number: str) -> TicketFacts:
    """FOR NO KEY UPDATE: the sweep may still insert events that refer to the ticket."""
    row = await fetch_one(
        "SELECT t.*, c.tier, c.phone AS customer_phone, c.email AS customer_email, "
        "c.whatsapp_at AS customer_last_whatsapp_at, "
        "s.name AS supplier_name FROM ticket t JOIN customer c ON c.id = t.customer "
        "LEFT JOIN supplier s ON s.id = t.supplier WHERE t.number = $1 FOR NO KEY UPDATE OF t",
        number,
    )
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
    applied = [event.data for event in history if event.type == "sla.policy_applied"]
    known = await load_versions(
        {data["policy_version"] for data in applied},
        {data["calendar_version"] for data in applied},
    )
    due: list[LevelDue] = []
    for kept in change.clocks:
        clock = kept.clock
        reached = levels_due(
            clock,
            kept.level_reached,
            known.policies[clock.policy_version],
            known.business_time(clock.calendar_version),
            change.now,
        )
        kept.level_reached = reached[-1].percent if reached else kept.level_reached
        due += reached
    due.sort(key=lambda level: level.at)

    before = [kept.clock for kept in change.clocks]
    after = fold_clocks(history, known.policies, known.calendars)
    caught_up = level_events(due)
    moved = transitions(before, after, change.now)
    events = [*caught_up, *change.recorded, *moved]
    actors = [
        *([SYSTEM] * len(caught_up)),
        *([change.actor] * len(change.recorded)),
        *([SYSTEM] * len(moved)),
    ]
    await write_clocks(_changed(ticket.id, change.clocks, after, due), known)
    ranking = rank(after, ticket.severity, ticket.tier, ticket.earlier_complaints)
    if any(is_customer_contact(event) for event in change.recorded):
        await fetch(
            "UPDATE customer SET last_contact_at = greatest(last_contact_at, $2) WHERE id = $1",
            ticket.customer,
            change.now,
        )
    await update_ticket(
        ticket.id, change.columns | {"rank_at": ranking.rank_at, "rank_because": ranking.because}
    )
    await append_events([ticket.id] * len(events), events, actors, recorded_at)
    await raise_alerts([ticket.id] * len(due), due, recorded_at)


def _changed(
    ticket: int, before: Sequence[StoredClock], after: Sequence[Clock], due: Sequence[LevelDue]
) -> list[StoredClock]:
    """The rows to write: clocks that are new, differ, or reached a level."""
    kept = {(old.clock.name, old.clock.ordinal): old for old in before}
    leveled = {(level.clock, level.ordinal) for level in due}
    changed: list[StoredClock] = []
    for clock in after:
        key = (clock.name, clock.ordinal)
        old = kept.get(key)
        if old is None:
            changed.append(StoredClock(ticket, clock))
        elif key in leveled or msgspec.structs.replace(clock, pauses=()) != old.clock:
            changed.append(StoredClock(ticket, clock, old.level_reached))
    return changed


def is_customer_contact(event: Event) -> bool:
    """A word from the customer, or a call they answered: it resets the revisit cadence."""
    return event.type in ("message.received", "message.no_reply_needed") or (
        event.type == "call.logged" and event.data["answered"]
    )


async def update_ticket(ticket: int, columns: dict[str, Any]) -> None:
    """One UPDATE of just these columns. Names come from our code, never from a request."""
    assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
    await fetch(f"UPDATE ticket SET {assignments} WHERE id = $1", ticket, *columns.values())
