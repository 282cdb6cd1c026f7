"""The form of a month's countermeasures: rows of cells, each saved for itself (DESIGN §2.2)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct, ValidationError, convert

from service_desk.edits.operations import saving
from service_desk.errors import InvalidInput
from service_desk.reports.figures.months import Month
from service_desk.reports.figures.schemas import Countermeasure, Countermeasures
from service_desk.reports.operations import save_countermeasures
from service_desk.rows import get_value
from service_desk.rules.edits import SHOWN_FIELD, form_value, split_shown, wanted_changes
from service_desk.tables import MonthlyAnalysis

KINDS = ("followed_up", "planned")
COLUMNS = ("what", "who", "by", "outcome")

FormFields = Mapping[str, Sequence[str]]


class Row(Struct, frozen=True):
    """A countermeasure as it is typed."""

    what: str = ""
    who: str = ""
    by: str = ""
    outcome: str = ""


async def save_form(month: Month, form: FormFields, *, staff_id: int, now: datetime) -> None:
    """Only the cells that were changed. Raises InvalidInput, Conflict and Overtaken."""

    async def present() -> dict[str, str]:
        stored = await get_value(MonthlyAnalysis.countermeasures, month=month.first_day)
        return cells_of(convert(stored or {}, Countermeasures), blank=0)

    id_ = await get_value(MonthlyAnalysis.id, month=month.first_day) or 0
    shown = shown_in(form)
    async with saving(
        "monthly_analysis", id_, shown, cells_in(form), present, staff_id=staff_id, now=now
    ) as save:
        await save_countermeasures(month, _read(save.merged), now)


def cells_of(countermeasures: Countermeasures, blank: int) -> dict[str, str]:
    """Each cell by kind, row and column; with so many empty rows that can be filled in."""
    cells: dict[str, str] = {}
    for kind in KINDS:
        rows: list[Countermeasure] = getattr(countermeasures, kind)
        for number in range(len(rows) + (blank if kind == "planned" else 0)):
            for column in COLUMNS:
                value = getattr(rows[number], column) if number < len(rows) else ""
                cells[_cell(kind, number, column)] = form_value(value)
    return cells


def cells_in(form: FormFields) -> dict[str, str]:
    """What was sent, as `cells_of` names it."""
    return {
        _cell(kind, number, column): value.strip()
        for kind in KINDS
        for column in COLUMNS
        for number, value in enumerate(form.get(f"{kind}-{column}", ()))
    }


def shown_in(form: FormFields) -> Mapping[str, str]:
    shown, _ = split_shown({SHOWN_FIELD: [*form.get(SHOWN_FIELD, ()), "{}"][0]})
    return shown


def rows_shown(
    countermeasures: Countermeasures, blank: int, form: FormFields | None
) -> dict[str, list[Row]]:
    """The rows of the form; of a refused one as they were typed."""
    cells = cells_of(countermeasures, blank)
    if form is not None:
        cells |= wanted_changes(shown_in(form), cells_in(form))
    return {kind: convert(_rows(cells, kind), list[Row]) for kind in KINDS}


def _read(cells: Mapping[str, str]) -> Countermeasures:
    """Empty rows are left out. Raises InvalidInput."""
    try:
        return convert(
            {
                kind: [
                    row | {"by": date.fromisoformat(row["by"]) if row["by"] else None}
                    for row in _rows(cells, kind)
                    if row["what"]
                ]
                for kind in KINDS
            },
            Countermeasures,
        )
    except (ValidationError, ValueError) as error:
        raise InvalidInput(
            "A countermeasure has at most 500 characters and a date like 2026-11-30; there can be "
            "at most 30.",
            field="countermeasures",
        ) from error


def _rows(cells: Mapping[str, str], kind: str) -> list[dict[str, Any]]:
    numbers = [int(name.split(" ")[1]) for name in cells if name.startswith(f"{kind} ")]
    return [
        {column: cells.get(_cell(kind, number, column), "") for column in COLUMNS}
        for number in range(max(numbers, default=-1) + 1)
    ]


def _cell(kind: str, number: int, column: str) -> str:
    return f"{kind} {number} {column}"
