"""The worker imports an upload batch by batch, whatever happens in between; what failed by an error
of the desk is retried, first by itself, then by a supervisor."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from httpx import AsyncClient
from structlog.testing import capture_logs

from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.errors import InvalidInput
from service_desk.imports import operations, uploads
from service_desk.imports.files import batches
from service_desk.imports.files.reading import FileRow
from service_desk.imports.operations import (
    ImportProgress,
    cancel_import,
    enqueue_import,
    fail_run,
    hold_run,
    retry_import,
    start_run,
)
from service_desk.imports.queries import get_import
from service_desk.imports.uploads import LEASE, MAX_ATTEMPTS, run_due_imports
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff
from tests.imports.files.test_workbooks import changed
from tests.imports.source_files import ROWS, csv_of, mapping, xlsx_of


@pytest.fixture(autouse=True)
async def small_batches(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(batches, "BATCH", 10)
    yield
    vars(uploads)["_open_files"].clear()


async def queued(count: int = 35) -> int:
    content = csv_of([(str(n), *ROWS[1][1:]) for n in range(count)])
    return await enqueue_import("old.csv", content, mapping(), staff_id=None, now=NOW)


async def shown(run: int) -> Sequence[Any]:
    row = await fetch_one(
        "SELECT state, rows_taken, content IS NULL, lease_until IS NULL FROM import_run "
        "WHERE id = $1",
        run,
    )
    assert row is not None
    return tuple(row)


def failing_after(batches: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch after so many ends by the error."""
    working, done = operations.import_batch, 0

    async def some_then_fails(run: int, rows: Sequence[FileRow], **about: Any) -> ImportProgress:
        nonlocal done
        if done == batches:
            raise error
        done += 1
        return await working(run, rows, **about)

    monkeypatch.setattr(uploads, "import_batch", some_then_fails)


async def run_all() -> None:
    while await run_due_imports(NOW):
        pass


async def test_a_workbook_damaged_late_is_imported_up_to_there_and_not_tried_again(
    desk: str,
) -> None:
    whole = xlsx_of([(str(n), *ROWS[1][1:]) for n in range(35)])
    cut = changed(whole, lambda sheet: sheet[: sheet.index(b'r="26"')])
    run = await enqueue_import("old.xlsx", cut, mapping(), staff_id=None, now=NOW)
    await run_all()
    assert await shown(run) == ("failed", 24, True, True)
    error = (await get_import(run, limit=1, after=0)).error
    assert error is not None
    assert error.startswith("The workbook is damaged after line 25: the rows below it cannot be ")
    assert "column" not in error  # the parser's own words
    assert await fetch_value("SELECT count(*) FROM ticket") == 24


async def test_an_import_whose_process_was_killed_has_failed(desk: str) -> None:
    """`service-desk import`: the run was started, and its batches stopped coming."""
    run = await start_run("old.csv", csv_of(), mapping(), staff_id=None, now=NOW)
    await hold_run(run, now=NOW + LEASE / 2)
    await run_due_imports(NOW + LEASE)
    assert await shown(run) == ("running", 0, True, False)
    await run_due_imports(NOW + LEASE * 2)
    assert await shown(run) == ("failed", 0, True, True)
    error: str = await fetch_value("SELECT error FROM import_run WHERE id = $1", run)
    assert error.endswith("Import the file again: no row is imported twice.")


async def test_one_look_is_one_batch(desk: str) -> None:
    run = await queued(30)
    assert [await run_due_imports(NOW) for _ in range(2)] == [True, True]
    assert await shown(run) == ("running", 20, False, True)
    assert [await run_due_imports(NOW) for _ in range(2)] == [True, False]
    assert await shown(run) == ("done", 30, True, True)


async def test_the_file_is_read_once(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await queued()
    reading, opened = uploads.read_batches, 0

    def counted(*about: Any) -> Any:
        nonlocal opened
        opened += 1
        return reading(*about)

    monkeypatch.setattr(uploads, "read_batches", counted)
    await run_all()
    assert opened == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 35


async def test_another_worker_continues_after_the_last_batch_of_a_killed_one(desk: str) -> None:
    run = await queued()
    for _ in range(2):
        await run_due_imports(NOW)
    await fetch("UPDATE import_run SET lease_until = $1", NOW + LEASE)
    vars(uploads)["_open_files"].clear()
    assert not await run_due_imports(NOW + LEASE / 2)  # the lease still holds
    while await run_due_imports(NOW + LEASE * 2):
        pass
    assert await shown(run) == ("done", 35, True, True)
    assert await fetch_value("SELECT count(*) FROM ticket") == 35


async def test_a_worker_that_is_stopped_leaves_no_lease_behind(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one whose job was cut at its timeout: the next look continues at once."""
    run = await queued()
    failing_after(2, asyncio.CancelledError(), monkeypatch)
    for _ in range(2):
        await run_due_imports(NOW)
    with pytest.raises(asyncio.CancelledError):
        await run_due_imports(NOW)
    assert await shown(run) == ("running", 20, False, True)
    monkeypatch.undo()
    await run_all()
    assert await shown(run) == ("done", 35, True, True)


async def test_an_error_is_tried_again_and_then_ends_the_run(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await queued()
    failing_after(2, RuntimeError("no such column"), monkeypatch)
    with capture_logs() as logged:
        for attempt in range(MAX_ATTEMPTS):
            while await run_due_imports(NOW + LEASE * 2 * attempt):
                pass
            ended = attempt == MAX_ATTEMPTS - 1
            assert (await shown(run))[0] == ("failed" if ended else "running")
    assert [line["attempt"] for line in logged if line["event"] == "import failed"] == [1, 2, 3]
    assert all(line["exc_info"] for line in logged)
    view = await get_import(run, limit=1, after=0)
    assert view.error is not None
    assert view.error.startswith("The desk met an error at the rows after line 21, 3 times.")
    assert await shown(run) == ("failed", 20, False, True)
    assert not await run_due_imports(NOW + LEASE * 100)


async def test_a_batch_that_succeeds_begins_the_count_anew(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await queued()
    failing_after(0, RuntimeError(), monkeypatch)
    for attempt in range(MAX_ATTEMPTS - 1):
        await run_due_imports(NOW + LEASE * 2 * attempt)
    monkeypatch.undo()
    monkeypatch.setattr(batches, "BATCH", 10)
    await run_due_imports(NOW + LEASE * 10)
    assert await fetch_value("SELECT attempts FROM import_run WHERE id = $1", run) == 0


async def test_a_run_that_kills_its_worker_each_time_is_given_up(desk: str) -> None:
    run = await queued()
    await fetch("UPDATE import_run SET attempts = $1", MAX_ATTEMPTS)
    assert await run_due_imports(NOW)
    assert await shown(run) == ("failed", 0, False, True)


async def failed(monkeypatch: pytest.MonkeyPatch) -> int:
    run = await queued()
    with monkeypatch.context() as broken:
        failing_after(2, RuntimeError(), broken)
        for attempt in range(MAX_ATTEMPTS):
            while await run_due_imports(NOW + LEASE * 2 * attempt):
                pass
    return run


async def test_retried_it_continues_after_its_last_batch(
    api: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await failed(monkeypatch)
    assert (await api.get(f"/imports/{run}")).json()["can_be_retried"] is True
    answer = await api.post(f"/imports/{run}/retry")
    assert answer.status_code == 202, answer.text
    view = answer.json()
    assert (view["state"], view["error"], view["finished_at"]) == ("queued", None, None)
    await run_all()
    view = (await api.get(f"/imports/{run}")).json()
    assert (view["state"], view["rows_seen"], view["rows_taken"]) == ("done", 35, 35)
    assert view["can_be_retried"] is False
    assert await fetch_value("SELECT count(*) FROM ticket") == 35


async def test_what_has_not_failed_or_failed_by_its_file_is_not_retried(api: AsyncClient) -> None:
    assert (await api.post("/imports/99/retry")).status_code == 404
    run = await queued()
    refused = await api.post(f"/imports/{run}/retry")
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith(f"Import {run} is queued; only one that failed")
    await fail_run(run, InvalidInput("The workbook is damaged."), now=NOW)
    refused = await api.post(f"/imports/{run}/retry")
    assert refused.status_code == 409
    assert "its file was to blame" in refused.json()["detail"]


async def test_to_retry_needs_the_scope(api: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    run = await failed(monkeypatch)
    await make_staff("supervisor", "reader@desk.test")
    token = await create_token("reader@desk.test", ["imports:read"], now=NOW)
    api.headers["Authorization"] = f"Bearer {token}"
    assert (await api.post(f"/imports/{run}/retry")).status_code == 403


async def test_retried_twice_at_once_it_is_queued_once(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await failed(monkeypatch)
    both = await asyncio.gather(retry_import(run), retry_import(run), return_exceptions=True)
    assert sum(outcome is None for outcome in both) == 1


async def test_cancelled_after_a_retry_its_file_goes(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await failed(monkeypatch)
    await retry_import(run)
    await cancel_import(run, staff_id=await make_staff("supervisor"), now=NOW)
    assert await shown(run) == ("cancelled", 20, True, True)
