import csv
import io

import pytest

from service_desk.reports.documents.csv_export import escape_formula
from service_desk.reports.exports import export_month
from service_desk.rules.words.languages import Locale
from service_desk.tickets.progress import promise, refer
from tests.factories import make_staff, make_ticket
from tests.reports.october import NOVEMBER_2ND, OCTOBER, october, on


async def rows_of(locale: Locale = "en") -> list[list[str]]:
    export = await export_month(OCTOBER, locale=locale, now=NOVEMBER_2ND)
    text = "".join([chunk async for chunk in export.as_csv()])
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


async def test_one_line_per_ticket_with_its_clocks(desk: str) -> None:
    await october()
    header, *rows = await rows_of()
    assert len(rows) == 4
    first = dict(zip(header, rows[0], strict=True))
    assert first["Received"] == "2026-10-01T00:30:00+08:00"
    assert first["Resolved at"] == "2026-10-21T10:00:00+08:00"
    assert (first["Cause"], first["Supplier"], first["Rating"]) == (
        "Supplier's quality", "Haina", "5",
    )  # fmt: skip
    assert (first["Response"], first["Response (time used, seconds)"]) == ("Met", "3600")
    assert rows[2][header.index("Handling")] == "Breached"


async def test_it_has_every_clock_that_json_has(desk: str) -> None:
    number = (await make_ticket(at=on(3))).number
    staff = await make_staff()
    await promise(number, on(6), staff_id=staff, now=on(4))
    await refer(number, "May we?", None, staff_id=staff, now=on(5))
    header, row = await rows_of()
    line = dict(zip(header, row, strict=True))
    export = await export_month(OCTOBER, locale="en", now=NOVEMBER_2ND)
    (ticket,) = [ticket async for ticket in export.tickets()]
    for clock, heading in (("promise", "Promise"), ("referral", "Referral")):
        outcome = ticket.clocks[clock]
        assert line[heading] == "Breached"
        assert line[f"{heading} (time used, seconds)"] == str(outcome.seconds)
    assert line["Next response"] == ""


async def test_in_chinese(desk: str) -> None:
    await october()
    header, *rows = await rows_of("zh")
    assert header[0] == "工单"
    assert "解决时间" in header
    assert len(set(header)) == len(header)
    assert "异响抖动" in rows[0]


async def test_a_formula_is_escaped(desk: str) -> None:
    await make_ticket("=cmd|' /C calc'!A0", at=on(3))
    header, row = await rows_of()
    assert row[header.index("Subject")] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    "text", [*("=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"), *("＝1+1", "＋1", "－1", "＠a")]
)
def test_text_that_starts_a_formula_gets_an_apostrophe(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1", "冒烟"])
def test_other_text_is_unchanged(text: str) -> None:
    assert escape_formula(text) == text
