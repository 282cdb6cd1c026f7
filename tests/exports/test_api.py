"""An export by REST, made by the worker."""

import io
from datetime import UTC
from typing import Any

import httpx
import pytest
from httpx import AsyncClient
from openpyxl import load_workbook

from service_desk import wall_clock
from service_desk.exports.operations import write_export
from service_desk.long_jobs.running import run_next_job
from service_desk.reports.operations import sign_analysis, start_draft, submit_analysis
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff
from tests.reports.october import NOVEMBER_2ND, OCTOBER, october, on


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_clock, "now", lambda: NOVEMBER_2ND.astimezone(UTC))


async def ask(api: AsyncClient, format_: str = "csv", **filter_: object) -> httpx.Response:
    asked = {"what": "complaints", "format": format_, "filter": {"month": "2026-10", **filter_}}
    return await api.post("/exports", json=asked)


async def file_of(api: AsyncClient, format_: str, **filter_: object) -> httpx.Response:
    export: dict[str, Any] = (await ask(api, format_, **filter_)).json()
    await run_next_job("export", write_export, NOVEMBER_2ND)
    done = (await api.get(f"/exports/{export['id']}")).json()
    assert (done["state"], done["error"]) == ("done", None)
    return await api.get(f"http://desk.test{done['file']}")


async def test_it_is_queued_then_made_with_progress_and_fetched(api: AsyncClient) -> None:
    await october()
    answer = await ask(api)
    assert answer.status_code == 202, answer.text
    export = answer.json()
    assert answer.headers["location"] == f"/api/v1/exports/{export['id']}"
    assert export["filter"] == {"month": "2026-10", "as_of": None}
    assert (export["state"], export["rows_in_all"], export["file"]) == ("queued", None, None)
    early = await api.get(f"/exports/{export['id']}/file")
    assert (early.status_code, early.json()["state"]) == (409, "queued")

    await run_next_job("export", write_export, NOVEMBER_2ND)
    done = (await api.get(f"/exports/{export['id']}")).json()
    assert (done["state"], done["rows_done"], done["rows_in_all"]) == ("done", 4, 4)
    file = await api.get(f"http://desk.test{done['file']}")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="complaints-2026-10.csv"' in file.headers["content-disposition"]
    assert file.content == (await api.get("/reports/complaints/2026-10.csv")).content


async def test_every_format(api: AsyncClient) -> None:
    await october()
    report = (await api.get("/reports/complaints/2026-10.json")).json()
    assert (await file_of(api, "json")).json() == report
    lines = (await file_of(api, "jsonl")).text.splitlines()
    assert [httpx.Response(200, text=line).json() for line in lines] == report["tickets"]
    book = await file_of(api, "xlsx")
    assert load_workbook(io.BytesIO(book.content))["Tickets"].max_row == 5


async def test_as_of_a_time_or_as_signed(api: AsyncClient) -> None:
    await october()
    assert (await file_of(api, "json", as_of=on(24).isoformat())).json()["totals"]["received"] == 3
    await start_draft(OCTOBER, NOVEMBER_2ND)
    await submit_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    await sign_analysis(OCTOBER, staff_id=2, now=NOVEMBER_2ND)
    assert (await file_of(api, "json")).json()["analysis"]["state"] == "signed"


async def test_what_does_not_fit_is_refused_at_once(api: AsyncClient) -> None:
    for wrong, field in (
        ({"month": "2026-13"}, "month"),
        ({"as_of": "2026-10-24T00:00:00"}, "filter.as_of"),
    ):
        refused = await ask(api, **wrong)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert (await ask(api, "doc")).status_code == 400
    assert (await ask(api, weather="fine")).status_code == 400
    assert (await api.get("/exports/99")).status_code == 404


async def test_it_is_cancelled_and_what_failed_retried(api: AsyncClient) -> None:
    export = (await ask(api)).json()["id"]
    cancelled = await api.post(f"/exports/{export}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert not await run_next_job("export", write_export, NOVEMBER_2ND)
    refused = await api.post(f"/exports/{export}/retry")
    assert (refused.status_code, refused.json()["state"]) == (409, "cancelled")


async def test_a_token_needs_the_scope_of_what_is_exported(client: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["tickets:read"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    client.base_url = httpx.URL("http://desk.test/api/v1")
    assert (await ask(client)).status_code == 403
