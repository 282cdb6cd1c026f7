"""Two people, one ticket: what rests on something that was changed meanwhile is refused, naming who
and what (DESIGN §2.2)."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch, transaction
from service_desk.edits.operations import change_made, refusal
from service_desk.errors import DeskError, StateCode
from service_desk.i18n.formats import plain_money
from service_desk.input_types import VersionSeen
from service_desk.principal import staff_actor
from service_desk.rows import get, get_value
from service_desk.rules.edits import Values
from service_desk.rules.tickets.event_types import read_event
from service_desk.rules.tickets.meanwhile import thing_of, things_changed
from service_desk.tables import Category, Customer, Staff, Supplier
from service_desk.tickets.change import lock_ticket

_CHANGES = """
SELECT id, type, at, actor, data::text FROM ticket_event
WHERE ticket = $1 AND id > $2 AND type NOT LIKE 'clock.%' ORDER BY id
"""
_NAMES = {"category": Category.code, "supplier": Supplier.name, "assignee": Staff.email}


class BasedOn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`version`: of the ticket that this rests on; 409 if the same thing was changed since."""

    version: VersionSeen | None = None


class ThingChanged(Struct, frozen=True):
    """`by`: the actor; `value`: what it was set to."""

    by: str
    value: object


class _CustomerName(Struct, frozen=True):
    name: str
    phone: str | None
    email: str | None


@asynccontextmanager
async def unchanged_since(
    number: str, version: int | None, things: Collection[str], *, staff_id: int
) -> AsyncGenerator[None]:
    """The block changes these things of the ticket, as they were at that version (None: as they
    are). Raises Overtaken, NotFound."""
    if version is None:
        yield
        return
    async with transaction():
        ticket = await lock_ticket(number)
        changed = await _changed_since(ticket.id, version)
        # What the block itself refuses says more: a move that is not possible any more.
        yield
        if overtaken := {thing: changed[thing] for thing in things if thing in changed}:
            raise refusal(
                {
                    thing: await _sentence(thing, change, await _value(thing, change), staff_id)
                    for thing, change in overtaken.items()
                }
            )


async def sentences_of(ticket: int, values: Values, staff_id: int) -> dict[str, DeskError]:
    """Who set these fields of the page's forms to these values, as sentences."""
    changed = await _changed_since(ticket, 0)
    unknown = ThingChanged("", None)
    return {
        field: await _sentence(field, changed.get(thing_of(field), unknown), value, staff_id)
        for field, value in values.items()
    }


async def _changed_since(ticket: int, version: int) -> dict[str, ThingChanged]:
    """The last change of each thing."""
    changed: dict[str, ThingChanged] = {}
    for row in await fetch(_CHANGES, ticket, version):
        data = read_event(row["type"], row["at"], row["data"]).data
        for thing, value in things_changed(data).items():
            changed[thing] = ThingChanged(row["actor"], value)
    return changed


async def _sentence(
    field: str, change: ThingChanged, value: str | datetime, staff_id: int
) -> DeskError:
    """A clock's due time and a compensation are of a clock and of an id: `due response`."""
    name = field.partition(" ")[0]
    own = change.by == staff_actor(staff_id)
    return change_made(await _actor_name(change.by), name, value, own=own)


async def _value(thing: str, change: ThingChanged) -> str | datetime:
    """As people read it."""
    match change.value:
        case datetime():
            return change.value
        case (int() as amount, str() as currency):
            return f"{plain_money(amount, currency)} {currency}"
        case None if thing == "referral":
            return StateCode("answered", "referral_state")
        case str() as state if thing.startswith("compensation "):
            return StateCode(state, "compensation_state")
        case _:
            return await _text(thing, change)


async def _text(thing: str, change: ThingChanged) -> str:
    if thing == "customer":
        named = await get(_CustomerName, Customer, id=change.value)
        return (named.name or named.phone or named.email or "") if named else ""
    if thing in _NAMES and change.value is not None:
        return str(await get_value(_NAMES[thing], id=change.value))
    return "" if change.value is None else str(change.value)


async def _actor_name(actor: str) -> str | DeskError | None:
    kind, _, id_ = actor.partition(":")
    if kind == "staff":
        return await get_value(Staff.name, id=int(id_))
    return DeskError("the customer") if kind == "customer" else None
