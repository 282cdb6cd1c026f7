import asyncio
from datetime import timedelta

import pytest

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import Conflict, InvalidInput
from service_desk.imports.files.batches import read_batches
from service_desk.imports.files.mapping import ColumnMapping, Field, read_mapping
from service_desk.imports.operations import (
    ImportProgress,
    enqueue_import,
    import_batch,
    start_run,
)
from service_desk.rules.tickets.states import AUTO_CLOSE_AFTER
from service_desk.tickets.progress import auto_close_resolved
from tests.factories import NOW
from tests.imports.importing import fields_of, imported, rejections, ticket
from tests.imports.source_files import HEADER, ROWS, csv_of, mapping


async def test_valid_rows_are_imported_and_the_others_recorded(desk: str) -> None:
    bad = ("4", "", "someday", "3:00:00 PM", "Net", "Open")
    run, progress = await imported(csv_of((*ROWS, bad)))
    assert progress == ImportProgress(seen=4, imported=3, rejected=1, last_line=5)
    assert [line[:2] for line in await rejections(run)] == [(5, "Text"), (5, "Day")]
    row = await fetch_one("SELECT * FROM import_run WHERE id = $1", run)
    assert row is not None
    assert (row["state"], row["rows_seen"], row["rows_taken"], row["rows_rejected"]) == (
        "done", 4, 3, 1,
    )  # fmt: skip


async def test_rejections_are_in_the_order_of_the_file(desk: str) -> None:
    await imported(csv_of())
    bad = ("4", "", "someday", "3:00:00 PM", "Net", "Open")
    run, _ = await imported(csv_of((ROWS[0], bad, *ROWS[1:])))
    assert [line for line, *_ in await rejections(run)] == [2, 3, 3, 4, 5]


async def test_a_second_run_imports_nothing_twice(desk: str) -> None:
    await imported(csv_of())
    number = (await ticket("1"))["number"]
    again, progress = await imported(csv_of((*ROWS, ("5", *ROWS[1][1:]), ("5", *ROWS[1][1:]))))
    assert (progress.imported, progress.rejected) == (1, 4)
    found = await rejections(again)
    assert found[0] == (2, "Id", f"old 1 was imported before, as ticket {number}.")
    assert found[-1] == (6, "Id", "old 5 was imported before, from line 5.")
    other = await imported(csv_of(), mapping().__class__(**fields_of(mapping(), source="other")))
    assert other[1].imported == 3


async def test_concurrent_imports_import_each_row_once(desk: str) -> None:
    rows = tuple((str(n), *ROWS[1][1:]) for n in range(300))
    both = await asyncio.gather(imported(csv_of(rows)), imported(csv_of(rows)))
    assert sum(progress.imported for _, progress in both) == 300
    assert await fetch_value("SELECT count(*) FROM ticket") == 300


async def test_a_resolved_import_closes_like_any_ticket(desk: str) -> None:
    yesterday = str((NOW - timedelta(days=1)).date())
    rows = (("1", "Slow", yesterday, "1:00:00 PM", "Net", "Solved"),)
    solved = Field(column="Status", values={"Solved": "resolved"})
    rules = ColumnMapping(**fields_of(mapping(), fields={**mapping().fields, "state": solved}))
    await imported(csv_of(rows), rules)
    assert await auto_close_resolved(NOW) == 0
    assert await auto_close_resolved(NOW + AUTO_CLOSE_AFTER) == 1


async def test_a_batch_that_another_process_imported_is_refused(desk: str) -> None:
    content = csv_of()
    run = await start_run("old.csv", content, mapping(), staff_id=None, now=NOW)
    (rows,) = read_batches(content, mapping())
    await import_batch(run, rows, now=NOW)
    with pytest.raises(Conflict, match="Another process"):
        await import_batch(run, rows, now=NOW)
    assert await fetch_value("SELECT count(*) FROM ticket") == 3


async def test_an_unreadable_upload_is_refused_before_it_is_stored(desk: str) -> None:
    with pytest.raises(InvalidInput):
        await enqueue_import("x.csv", csv_of(header=HEADER[:-1]), mapping(), staff_id=None, now=NOW)
    assert await fetch_value("SELECT count(*) FROM import_run") == 0


PHONES = """Case,Title,Day,Phone
P1,a spreadsheet's number,2026-03-01,13800138000.0
P2,a letter,2026-03-02,138 0000 8O16
P3,an extension,2026-03-03,010-65529988转12
P4,none,2026-03-04,无
P5,short,2026-03-05,12345
"""
PHONE_MAPPING = """
source = "cases"
[fields]
external_id = "Case"
subject = { column = "Title" }
received_at = { column = "Day" }
customer_phone = { column = "Phone" }
"""


async def test_phone_numbers_as_files_write_them(desk: str) -> None:
    run, progress = await imported(PHONES.encode(), read_mapping(PHONE_MAPPING))
    assert progress == ImportProgress(seen=5, imported=2, rejected=3, last_line=6)
    assert [line[:2] for line in await rejections(run)] == [
        (3, "Phone"), (5, "Phone"), (6, "Phone"),
    ]  # fmt: skip
    said_empty = PHONE_MAPPING.replace('"Phone" }', '"Phone", empty = ["无"] }')
    _, progress = await imported(PHONES.encode(), read_mapping(said_empty))
    assert progress.imported == 1  # P4; the first two were imported before
    found = await fetch(
        "SELECT t.external_id, c.phone, c.phone_extension FROM ticket t "
        "JOIN customer c ON c.id = t.customer ORDER BY 1"
    )
    assert [tuple(row) for row in found] == [
        ("P1", "+8613800138000", None),
        ("P3", "+861065529988", "12"),
        ("P4", None, None),
    ]
