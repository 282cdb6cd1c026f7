import io

import httpx
import pytest
from httpx import AsyncClient
from openpyxl import load_workbook

from service_desk import wall_clock
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff
from tests.reports.october import NOVEMBER_2ND, october, on


@pytest.fixture
def in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_clock, "now", lambda: NOVEMBER_2ND)


@pytest.mark.usefixtures("in_november")
async def test_the_same_month_in_three_formats(api: AsyncClient) -> None:
    await october()
    report = (await api.get("/reports/complaints/2026-10.json")).json()
    assert report["totals"]["received"] == len(report["tickets"]) == 4
    assert report["analysis"]["state"] == "not_drafted"
    assert report["clocks"][0]["attainment"] == 0.5
    assert (await api.get("/reports/complaints/2026-10")).json() == report

    book = await api.get("/reports/complaints/2026-10.xlsx", params={"lang": "en"})
    assert 'filename="complaints-2026-10.xlsx"' in book.headers["content-disposition"]
    assert load_workbook(io.BytesIO(book.content))["Tickets"].max_row == 5
    assert book.headers["content-type"].endswith("spreadsheetml.sheet")
    table = await api.get("/reports/complaints/2026-10.csv", params={"lang": "zh"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.text.count("\n") == 5


@pytest.mark.usefixtures("in_november")
async def test_as_of_another_time(api: AsyncClient) -> None:
    await october()
    then = {"as_of": on(24).isoformat()}
    report = (await api.get("/reports/complaints/2026-10.json", params=then)).json()
    assert (report["totals"]["received"], report["totals"]["reopened"]) == (3, 0)
    again = (await api.get("/reports/complaints/2026-10.json", params=then)).json()
    assert again == report
    naive = await api.get("/reports/complaints/2026-10", params={"as_of": "2026-10-24T00:00:00"})
    assert naive.status_code == 400


async def test_an_unknown_month_or_format_is_refused(api: AsyncClient) -> None:
    wrong = await api.get("/reports/complaints/2026-13.json")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "month")
    assert (await api.get("/reports/complaints/2026-10.doc")).status_code == 404
    assert (await api.get("/reports/complaints/2026-10.xlsx.exe")).status_code == 404


async def test_a_token_needs_the_scope(client: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["tickets:read"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    client.base_url = httpx.URL("http://desk.test/api/v1")
    assert (await client.get("/reports/complaints/2026-10")).status_code == 403
    del client.headers["Authorization"]
    assert (await client.get("/reports/complaints/2026-10")).status_code == 401
