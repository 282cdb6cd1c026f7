"""Suppliers: made, edited, and sent up the ladder by the worker (DESIGN §2.6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import asdict

from service_desk.contacts.email_addresses import to_email
from service_desk.contacts.phone_numbers import to_e164
from service_desk.database import fetch, fetch_one, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.suppliers.actions import ActionChanges, reconcile
from service_desk.rules.suppliers.ladder import RungProposal
from service_desk.rules.suppliers.names import clean_name
from service_desk.settings import get_settings
from service_desk.suppliers.facts import SUPPLIER_FACTS, supplier_standings
from service_desk.suppliers.naming import find_supplier
from service_desk.suppliers.schemas import SupplierEdit, SupplierInput

BATCH = 100


class LadderSweep(Struct):
    """How many actions one sweep made, withdrew, brought up to date, flagged and unflagged."""

    made: int = 0
    withdrawn: int = 0
    refreshed: int = 0
    flagged: int = 0
    unflagged: int = 0


async def create_supplier(new: SupplierInput, now: datetime) -> int:
    """Returns its id. Raises InvalidInput, or Conflict if there is one of that name."""
    name = clean_name(new.name)
    if not name:
        raise InvalidInput("This must not be empty.", field="name")
    if known := await find_supplier(name):
        raise _name_taken(known.name)
    row = await fetch_one(
        "INSERT INTO supplier (name, email, phone, locale, contact_name, contract_started_on, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING "
        "RETURNING id",
        name,
        _email(new.email),
        _phone(new.phone),
        new.locale or get_settings().locale,
        new.contact_name,
        new.contract_started_on,
        now,
    )
    if row is None:
        raise _name_taken(name)
    return row["id"]


async def edit_supplier(supplier: int, edit: SupplierEdit) -> None:
    given = {name: value for name, value in asdict(edit).items() if value is not UNSET}
    if "phone" in given:
        given["phone"] = _phone(given["phone"])
    if "email" in given:
        given["email"] = _email(given["email"])
    # The names are those of our Struct, never a request's.
    columns = "".join(f", {name} = ${place}" for place, name in enumerate(given, 2))
    row = await fetch_one(
        f"UPDATE supplier SET id = id{columns} WHERE id = $1 RETURNING id",
        supplier,
        *given.values(),
    )
    if row is None:
        raise supplier_not_found(supplier)


async def sweep_ladders(now: datetime) -> LadderSweep:
    """Bring every supplier's actions in line with the tickets as they stand.

    Any number of workers may do this at once: a supplier that another one has is passed over.
    """
    climbed = LadderSweep()
    last = 0
    while True:
        async with transaction():
            rows = await fetch(
                f"{SUPPLIER_FACTS} WHERE id > $1 ORDER BY id LIMIT {BATCH} "
                "FOR NO KEY UPDATE SKIP LOCKED",
                last,
            )
            await _apply(rows, now, climbed)
        if len(rows) < BATCH:
            return climbed
        last = rows[-1]["id"]


def supplier_not_found(supplier: int) -> NotFound:
    return NotFound("There is no supplier {supplier}.", supplier=supplier)


def action_not_found(action: int) -> NotFound:
    return NotFound("There is no supplier action {action}.", action=action)


async def _apply(suppliers: Sequence[Any], now: datetime, climbed: LadderSweep) -> None:
    made: list[tuple[int, RungProposal]] = []
    changes: list[ActionChanges] = []
    for standing in await supplier_standings(suppliers, now):
        change = reconcile(standing.proposals, standing.actions, standing.unsupported)
        changes.append(change)
        if not standing.removed:
            made += [(standing.supplier, proposal) for proposal in change.make]
    refresh = [pair for change in changes for pair in change.refresh]
    withdraw = [id_ for change in changes for id_ in change.withdraw]
    flag = [pair for change in changes for pair in change.flag]
    unflag = [id_ for change in changes for id_ in change.unflag]
    if made:
        await _propose(made, now)
    if refresh:
        await _refresh(refresh)
    if withdraw:
        await _set_state(withdraw, "withdrawn", now)
    if flag or unflag:
        await _set_flags(flag, unflag, now)
    climbed.made += len(made)
    climbed.refreshed += len(refresh)
    climbed.withdrawn += len(withdraw)
    climbed.flagged += len(flag)
    climbed.unflagged += len(unflag)


async def _propose(made: Sequence[tuple[int, RungProposal]], now: datetime) -> None:
    """The unique index decides if two workers come to the same proposal: it is made once."""
    await fetch(
        "INSERT INTO supplier_action (supplier, category, month, rung, state, offences, evidence, "
        "because, proposed_at, decision_note) "
        "SELECT supplier, category, month, rung, 'proposed', offences, evidence, because, $8, '' "
        "FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::text[], $5::int[], $6::jsonb[], "
        "$7::jsonb[]) AS p (supplier, category, month, rung, offences, evidence, because) "
        "ON CONFLICT DO NOTHING",
        [supplier for supplier, _ in made],
        [proposal.category for _, proposal in made],
        [proposal.month for _, proposal in made],
        [proposal.rung for _, proposal in made],
        [proposal.because.count for _, proposal in made],
        [proposal.evidence for _, proposal in made],
        [proposal.because for _, proposal in made],
        now,
    )


async def _refresh(refresh: Sequence[tuple[int, RungProposal]]) -> None:
    await fetch(
        "UPDATE supplier_action a SET state = 'proposed', offences = p.offences, "
        "evidence = p.evidence, because = p.because, decided_at = NULL "
        "FROM unnest($1::bigint[], $2::int[], $3::jsonb[], $4::jsonb[]) "
        "AS p (id, offences, evidence, because) WHERE a.id = p.id",
        [id_ for id_, _ in refresh],
        [proposal.because.count for _, proposal in refresh],
        [proposal.evidence for _, proposal in refresh],
        [proposal.because for _, proposal in refresh],
    )


async def _set_state(actions: Sequence[int], state: str, now: datetime) -> None:
    await fetch(
        "UPDATE supplier_action SET state = $2, decided_at = $3 WHERE id = ANY($1)",
        actions,
        state,
        now,
    )


async def _set_flags(
    flag: Sequence[tuple[int, tuple[str, ...]]], unflag: Sequence[int], now: datetime
) -> None:
    await fetch(
        "UPDATE supplier_action a SET flagged_at = coalesce(flagged_at, $3), "
        "flagged_tickets = f.tickets FROM unnest($1::bigint[], $2::jsonb[]) AS f (id, tickets) "
        "WHERE a.id = f.id",
        [id_ for id_, _ in flag],
        [tickets for _, tickets in flag],
        now,
    )
    await fetch(
        "UPDATE supplier_action SET flagged_at = NULL, flagged_tickets = '[]' WHERE id = ANY($1)",
        unflag,
    )


def _name_taken(name: str) -> Conflict:
    return Conflict("There is a supplier called {name} already.", field="name", name=name)


def _phone(phone: str | None) -> str | None:
    return to_e164(phone, get_settings().region) if phone and phone.strip() else None


def _email(email: str | None) -> str | None:
    return to_email(email) if email and email.strip() else None
