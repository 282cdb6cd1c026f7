"""The one way in which a form changes a row: only what was changed, and never over what somebody
else changed meanwhile (docs/decisions/0074-saves-carry-what-they-showed.md)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from msgspec import UNSET, Struct
from msgspec.structs import asdict

from service_desk.database import fetch, transaction
from service_desk.errors import DeskError, Overtaken, Sentences, StateCode
from service_desk.rows import get, get_value
from service_desk.rules.edits import Values, overtaken, wanted_changes
from service_desk.tables import TABLES, LastEdit, Staff

MAX_SHOWN = 60  # characters of a value in the sentence that names it

_RECORD = """
INSERT INTO last_edit (thing, field, staff, at)
SELECT $1, field, $3, $4 FROM unnest($2::text[]) AS field
ON CONFLICT (thing, field) DO UPDATE SET staff = excluded.staff, at = excluded.at
"""

TABLES_BY_NAME = {table._meta.tablename: table for table in TABLES}  # pyright: ignore[reportPrivateUsage] - Piccolo's documentation uses it

Present = Callable[[], Awaitable[Values]]
"""What the form would show now."""


class Save(Struct, frozen=True):
    """`wanted`: the fields that were changed in the form; `present`: what it would show now."""

    wanted: dict[str, str]
    present: Values

    @property
    def merged(self) -> dict[str, str]:
        return {**self.present, **self.wanted}


class _Id(Struct, frozen=True):
    id: int


@asynccontextmanager
async def saving(
    kind: str,
    id_: int,
    shown: Values,
    sent: Values,
    present: Present,
    *,
    staff_id: int,
    now: datetime,
) -> AsyncGenerator[Save]:
    """Save in the block what the form changed, in one transaction with the row locked. `kind`: the
    name of its table.

    Raises Overtaken, before anything is saved.
    """
    wanted = wanted_changes(shown, sent)
    async with transaction():
        await get(_Id, TABLES_BY_NAME[kind], lock=True, id=id_)
        values = await present()
        thing = f"{kind} {id_}"
        if fields := overtaken(shown, wanted, values):
            raise await _refusal(thing, {field: values[field] for field in fields}, staff_id)
        yield Save(wanted, values)
        if wanted:
            await fetch(_RECORD, thing, list(wanted), staff_id, now)


async def record_edit(kind: str, id_: int, edit: Struct, *, staff_id: int, now: datetime) -> None:
    """Remember who set the fields that are given: what is saved without a form, as by REST, may
    overtake a form too."""
    fields = [
        "spend" if name == "spend_12m" else name
        for name, value in asdict(edit).items()
        if value is not UNSET
    ]
    await fetch(_RECORD, f"{kind} {id_}", fields, staff_id, now)


def change_made(
    by: str | DeskError | None, field: str, value: str | datetime, *, own: bool = False
) -> DeskError:
    """The sentence that names one change. `by` None: nobody knows any more. `value`: as forms show
    it; a time, or a code of some other group, is shown as the reader has them."""
    who = by or DeskError("somebody")
    return DeskError(
        "In the meantime {by} set {field_name} to “{value}”.",
        by=DeskError("you yourself, in another window,") if own else who,
        field_name=StateCode(field.rsplit(" ", maxsplit=1)[-1], "edited_field"),
        value=_shortened(value, field),
    )


def _shortened(value: str | datetime, field: str) -> str | datetime:
    if isinstance(value, StateCode | datetime):
        return value
    short = value if len(value) <= MAX_SHOWN else value[: MAX_SHOWN - 1] + "…"
    return StateCode(short or "–", field)


def refusal(changes: Mapping[str, DeskError]) -> Overtaken:
    return Overtaken(
        "{changes} Nothing was saved, and what you typed is still here: compare, then save again.",
        changes=Sentences(changes.values()),
        fields=list(changes),
    )


async def _refusal(thing: str, values: Values, staff_id: int) -> Overtaken:
    changes: dict[str, DeskError] = {}
    for field, value in values.items():
        by = await get_value(LastEdit.staff, thing=thing, field=field)
        name = None if by is None else await get_value(Staff.name, id=by)
        changes[field] = change_made(name, field, value, own=by == staff_id)
    return refusal(changes)
