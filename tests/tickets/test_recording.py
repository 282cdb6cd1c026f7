"""A report that begins while an import writes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from service_desk.database import fetch_value
from service_desk.imports import operations as imports
from service_desk.imports.files.batches import read_batches
from service_desk.reports.exports import export_month
from service_desk.reports.figures.months import Month
from tests.factories import NOW
from tests.imports.source_files import ROWS, csv_of, mapping

APRIL = Month(2015, 4)


async def test_figures_and_rows_of_one_document_agree_while_an_import_runs(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = csv_of([(str(number), *ROWS[0][1:]) for number in range(30)])
    run = await imports.start_run("old.csv", content, mapping(), staff_id=None, now=NOW)
    (rows,) = read_batches(content, mapping())
    written, resume = asyncio.Event(), asyncio.Event()
    save = imports._save_progress  # pyright: ignore[reportPrivateUsage] - the last step before the commit

    async def save_later(*arguments: Any) -> None:
        written.set()
        await resume.wait()
        await save(*arguments)

    monkeypatch.setattr(imports, "_save_progress", save_later)
    importing = asyncio.create_task(imports.import_batch(run, rows, now=NOW))
    await written.wait()
    exporting = asyncio.create_task(
        export_month(APRIL, locale="en", now=NOW + timedelta(seconds=1))
    )
    done, _ = await asyncio.wait([exporting], timeout=0.1)
    assert not done, "it waits for what is being recorded"
    resume.set()
    await importing
    export = await exporting
    tickets = [ticket async for ticket in export.tickets()]
    assert export.figures.totals.received == len(tickets) == 30
    assert await fetch_value("SELECT count(*) FROM ticket") == 30
