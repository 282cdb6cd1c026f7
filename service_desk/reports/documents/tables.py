"""A table in the reader's language, for sheets of a workbook, lines of a CSV and the page."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.rules.words.languages import Locale

CellKind = Literal["text", "number", "share", "duration", "time", "date", "score"]
"""A share is 0 to 1, a duration is in seconds, a time has a zone; None is an empty cell."""

ChartKind = Literal["pareto", "bars", "columns", "line"]
Cell = object


class ReportColumn(Struct, frozen=True):
    heading: str
    kind: CellKind = "text"
    width: int = 14


class ReportTable(Struct, frozen=True):
    """`chart`: the first column against `chart_columns`, over the first `chart_rows` rows."""

    name: str
    title: str
    columns: Sequence[ReportColumn]
    rows: Sequence[Sequence[Cell]]
    chart: ChartKind | None = None
    chart_columns: tuple[int, ...] = ()
    chart_rows: int = 0


class Translator:
    """Translates texts and labels codes in one language."""

    def __init__(self, locale: Locale) -> None:
        self.locale: Locale = locale

    def __call__(self, text: str) -> str:
        return translate(text, self.locale)

    def label(self, code: str | None, group: str) -> str:
        return name_of(code, group, self.locale) if code else self(NOT_STATED)

    def localized(self, en: str | None, zh: str | None) -> str:
        return (zh if self.locale == "zh" else en) or self(NOT_STATED)


NOT_STATED = N_("Not stated")


class TypedCell(Struct, frozen=True):
    """A value in a column of mixed kinds."""

    value: Cell
    kind: CellKind
