"""Exports on pages: at once if they are small, else with a page that shows how far they are."""

from pathlib import Path

import pytest
from httpx import AsyncClient
from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.exports import pages
from service_desk.exports.operations import write_export
from service_desk.long_jobs.running import run_next_job
from tests.browsing import OpenPage, press, sign_in
from tests.profiles import in_depth
from tests.reports.october import NOVEMBER_2ND, october
from tests.working import working

ASKED = {"what": "complaints", "format": "csv", "month": "2026-10"}


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_clock, "now", lambda: NOVEMBER_2ND)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a worker that is not there."""

    async def has_not_ended(_: int) -> bool:
        return False

    monkeypatch.setattr(pages, "has_ended_soon", has_not_ended)


async def test_a_small_one_comes_at_once(client: AsyncClient) -> None:
    await october()
    await sign_in(client)
    async with working():
        answer = await press(client, "/exports", **ASKED)
    assert answer.headers["location"] == "/exports/1/file"
    file = await client.get("/exports/1/file")
    assert (file.status_code, file.text.count("\n")) == (200, 5)


@pytest.mark.usefixtures("impatient")
async def test_a_large_one_has_a_page_that_follows_it(client: AsyncClient) -> None:
    await october()
    await sign_in(client, locale="zh")
    answer = await press(client, "/exports", **ASKED)
    assert answer.headers["location"] == "/exports/1"
    assert 'hx-get="/exports/1"' in (await client.get("/exports/1")).text
    await fetch(
        "UPDATE long_job SET state = 'running', steps_done = 1200, steps_in_all = 5000, "
        "lease_until = now() - interval '1 second'"
    )
    assert "1,200 / 5,000 个工单" in (await client.get("/exports/1")).text

    await run_next_job("export", write_export, NOVEMBER_2ND)
    ended = await client.get("/exports/1", headers={"HX-Request": "true"})
    assert ended.headers["hx-refresh"] == "true"
    assert 'href="/exports/1/file"' in ended.text
    assert 'hx-get="/exports' not in ended.text


@pytest.mark.usefixtures("impatient")
async def test_it_is_cancelled_there_and_what_failed_retried(client: AsyncClient) -> None:
    await sign_in(client)
    await press(client, "/exports", **ASKED)
    assert (await press(client, "/exports/1/cancel")).headers["location"] == "/exports/1"
    assert "Cancelled" in (await client.get("/exports/1")).text
    await fetch("UPDATE long_job SET state = 'failed', error = 'It broke.'")
    assert "It broke." in (await client.get("/exports/1")).text
    await press(client, "/exports/1/retry")
    assert await fetch_value("SELECT state FROM long_job") == "queued"


async def test_what_does_not_fit_is_refused(client: AsyncClient) -> None:
    await sign_in(client)
    for wrong in ({"format": "doc"}, {"what": "all"}, {"month": "never"}):
        assert (await press(client, "/exports", **(ASKED | wrong))).status_code == 400
    assert await fetch_value("SELECT count(*) FROM long_job") == 0


@pytest.mark.parametrize("javascript", in_depth([True, False], [True]))
async def test_two_files_of_a_month_one_after_the_other(
    open_page: OpenPage, javascript: bool, tmp_path: Path
) -> None:
    await october()
    page = await open_page("/reports/2026-10", javascript=javascript)
    async with working():
        for name, begin in (("Export XLSX", b"PK"), ("CSV", "\ufeff".encode())):
            async with page.expect_download() as waiting:
                await page.get_by_role("button", name=name).click()
            path = tmp_path / name
            await (await waiting.value).save_as(path)
            assert path.read_bytes().startswith(begin)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("2026-10")
