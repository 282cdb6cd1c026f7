"""Cancelling an import: at once, by whoever is first, and nothing half written."""

import asyncio
import contextvars
from collections.abc import Sequence
from typing import Any

import pytest
from httpx import AsyncClient

from service_desk.database import fetch_one, fetch_value
from service_desk.errors import Conflict, NotFound
from service_desk.imports import operations, uploads
from service_desk.imports.files import batches
from service_desk.imports.files.batches import read_batches
from service_desk.imports.operations import (
    ImportProgress,
    cancel_import,
    enqueue_import,
    finish_run,
    import_batch,
    start_run,
)
from service_desk.imports.uploads import LEASE, run_due_imports
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff
from tests.imports.source_files import ROWS, csv_of, mapping

MANY = csv_of([(str(n), *ROWS[1][1:]) for n in range(35)])


async def queued(content: bytes = MANY) -> int:
    return await enqueue_import("old.csv", content, mapping(), staff_id=None, now=NOW)


async def state_of(run: int) -> Sequence[Any]:
    """state, rows seen, taken and rejected; whether the file and the lease are gone; tickets."""
    row = await fetch_one(
        "SELECT state, rows_seen, rows_taken, rows_rejected, content IS NULL AS file_gone, "
        "lease_until IS NULL AS lease_gone, (SELECT count(*) FROM ticket) AS tickets "
        "FROM import_run WHERE id = $1",
        run,
    )
    assert row is not None
    return tuple(row)


async def test_a_queued_one_never_starts(desk: str) -> None:
    staff = await make_staff("supervisor")
    run = await queued()
    await cancel_import(run, staff_id=staff, now=NOW)
    assert not await run_due_imports(NOW)
    assert await state_of(run) == ("cancelled", 0, 0, 0, True, True, 0)


async def test_what_was_imported_stays_and_the_worker_stops(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 10)
    staff, run = await make_staff("supervisor"), await queued()
    working, count = uploads.import_batch, 0

    async def two_then_cancelled(*args: Any, **kwargs: Any) -> ImportProgress:
        nonlocal count
        count += 1
        if count == 3:
            await cancel_import(run, staff_id=staff, now=NOW)
        return await working(*args, **kwargs)

    monkeypatch.setattr(uploads, "import_batch", two_then_cancelled)
    assert [await run_due_imports(NOW) for _ in range(4)] == [True, True, True, False]
    assert count == 3
    assert await state_of(run) == ("cancelled", 20, 20, 0, True, True, 20)
    assert not await run_due_imports(NOW + LEASE * 2)


async def test_cancelled_in_the_middle_of_a_batch_nothing_of_it_is_written(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch has written its tickets, and has yet to commit. Nobody waits for it."""
    staff, run = await make_staff("supervisor"), await queued()
    writing = operations.write_tickets

    async def write_then_cancelled(*args: Any) -> None:
        await writing(*args)
        elsewhere = asyncio.create_task(
            cancel_import(run, staff_id=staff, now=NOW), context=contextvars.Context()
        )  # by another connection, not in the transaction of the batch
        await asyncio.wait_for(elsewhere, 20)

    monkeypatch.setattr(operations, "write_tickets", write_then_cancelled)
    await run_due_imports(NOW)
    assert await state_of(run) == ("cancelled", 0, 0, 0, True, True, 0)
    assert await fetch_value("SELECT count(*) FROM imported_ticket") == 0


@pytest.mark.parametrize("round_", range(8))
async def test_a_race_with_the_last_batch_is_won_by_one_of_them(desk: str, round_: int) -> None:
    """Whoever wins, state and tickets agree."""
    staff, run = await make_staff("supervisor"), await queued(csv_of())

    async def cancel() -> None:
        await asyncio.sleep(0.004 * round_)
        await cancel_import(run, staff_id=staff, now=NOW)

    _, outcome = await asyncio.gather(run_due_imports(NOW), cancel(), return_exceptions=True)
    state, seen, taken, *_, tickets = await state_of(run)
    assert seen == taken == tickets
    if state == "done":
        assert isinstance(outcome, Conflict)
        assert tickets == 3
    else:
        assert (state, outcome) == ("cancelled", None)
        assert tickets in (0, 3)  # between the last batch and its end: all are there, and counted


async def test_the_first_decides_how_it_ends(desk: str) -> None:
    """Also where a command imports in its own process."""
    staff = await make_staff("supervisor")
    run = await start_run("old.csv", csv_of(), mapping(), staff_id=None, now=NOW)
    (rows,) = read_batches(csv_of(), mapping())
    await cancel_import(run, staff_id=staff, now=NOW)
    with pytest.raises(Conflict, match=f"Import {run} is cancelled"):
        await import_batch(run, rows, now=NOW)
    await finish_run(run, now=NOW)
    await operations.fail_run(run, KeyboardInterrupt(), now=NOW)
    assert (await state_of(run))[0] == "cancelled"


async def test_what_has_ended_cannot_be_cancelled(desk: str) -> None:
    staff, run = await make_staff("supervisor"), await queued()
    await run_due_imports(NOW)
    with pytest.raises(Conflict, match=f"Import {run} is done; only one that is queued or running"):
        await cancel_import(run, staff_id=staff, now=NOW)
    with pytest.raises(NotFound):
        await cancel_import(99, staff_id=staff, now=NOW)


async def test_by_rest_and_twice(api: AsyncClient) -> None:
    run = await queued()
    first = await api.post(f"/imports/{run}/cancel")
    assert first.status_code == 200, first.text
    view = first.json()
    assert view["state"] == "cancelled"
    assert view["cancelled_by"]
    assert view["finished_at"]
    second = await api.post(f"/imports/{run}/cancel")  # of another person
    assert (second.status_code, second.json()) == (200, view)


async def test_by_rest_of_what_is_not_there_or_done(api: AsyncClient) -> None:
    assert (await api.post("/imports/99/cancel")).status_code == 404
    run = await queued(csv_of())
    await run_due_imports(NOW)
    late = await api.post(f"/imports/{run}/cancel")
    assert late.status_code == 409
    assert late.json()["detail"].startswith(f"Import {run} is done;")


async def test_by_rest_it_needs_the_scope(api: AsyncClient) -> None:
    run = await queued()
    await make_staff("supervisor", "reader@desk.test")
    token = await create_token("reader@desk.test", ["imports:read"], now=NOW)
    api.headers["Authorization"] = f"Bearer {token}"
    refused = await api.post(f"/imports/{run}/cancel")
    assert refused.status_code == 403
    assert "imports:write" in refused.json()["detail"]
