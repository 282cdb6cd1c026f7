"""The pages of imports in a real browser: progress, rejected rows, cancelling with a question."""

import re

import pytest
from httpx import AsyncClient
from playwright.async_api import ViewportSize, expect

from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.errors import DeskError
from service_desk.imports.operations import enqueue_import, fail_run
from service_desk.imports.uploads import GIVEN_UP, run_due_imports
from tests.browsing import PHONE, WIDE, OpenPage, no_sideways_scroll, sign_in
from tests.imports.source_files import ROWS, csv_of, mapping
from tests.profiles import in_depth

BAD = ("4", "", "someday", "3:00:00 PM", "Net", "Open")


async def queued() -> int:
    content, now = csv_of((*ROWS, BAD)), wall_clock.now()
    return await enqueue_import("complaints-2015.csv", content, mapping(), staff_id=None, now=now)


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [True]))
async def test_a_supervisor_cancels_after_a_question(
    desk: str, open_page: OpenPage, javascript: bool
) -> None:
    run = await queued()
    page = await open_page("/settings/imports", role="supervisor", javascript=javascript)
    await page.get_by_role("link", name="complaints-2015.csv").click()
    button = page.get_by_role("button", name="Cancel the import")
    await expect(button).to_be_hidden()
    await page.get_by_text("Cancel this import…").click()
    await button.click()
    await expect(page.get_by_text(re.compile("^Cancelled by "))).to_be_visible()
    await expect(page.get_by_text("Cancel this import…")).to_have_count(0)
    assert await fetch_value("SELECT state FROM import_run WHERE id = $1", run) == "cancelled"


async def test_its_page_follows_an_import_to_its_end(desk: str, open_page: OpenPage) -> None:
    run = await queued()
    page = await open_page(f"/settings/imports/{run}", role="supervisor")
    await page.get_by_text("Cancel this import…").click()
    await run_due_imports(wall_clock.now())
    await expect(page.get_by_text("4 rows read: 3 imported, 1 rejected")).to_be_visible()
    await expect(page.get_by_role("cell", name="Empty, but subject is required.")).to_be_visible()
    await expect(page.get_by_text("Cancel this import…")).to_have_count(0)


async def test_a_supervisor_retries_what_failed_by_an_error_of_the_desk(
    desk: str, open_page: OpenPage
) -> None:
    run = await queued()
    await fail_run(run, RuntimeError(), now=wall_clock.now(), keep_file=True)
    page = await open_page(f"/settings/imports/{run}", role="supervisor", javascript=False)
    await page.get_by_role("button", name="Retry the import").click()
    await expect(page.get_by_text("Waiting to start")).to_be_visible()
    await run_due_imports(wall_clock.now())
    await page.reload()
    await expect(page.get_by_text("4 rows read: 3 imported, 1 rejected")).to_be_visible()
    await expect(page.get_by_role("button", name="Retry the import")).to_have_count(0)


async def test_why_it_failed_is_said_in_the_readers_language(client: AsyncClient) -> None:
    run = await queued()
    await fail_run(run, DeskError(GIVEN_UP, line=7, attempts=3), now=wall_clock.now())
    await sign_in(client, "supervisor", locale="zh")
    assert "第 7 行之后" in (await client.get(f"/settings/imports/{run}")).text


async def test_who_is_late_reads_why_nothing_was_cancelled(desk: str, open_page: OpenPage) -> None:
    run = await queued()
    page = await open_page(f"/settings/imports/{run}", role="supervisor", javascript=False)
    await run_due_imports(wall_clock.now())
    await page.get_by_text("Cancel this import…").click()
    await page.get_by_role("button", name="Cancel the import").click()
    await expect(page.get_by_text("only one that is queued or running")).to_be_visible()


@pytest.mark.nightly
@pytest.mark.parametrize("locale", in_depth(["en", "zh"], ["en"]))
@pytest.mark.parametrize("size", in_depth([WIDE, PHONE], [PHONE]))
async def test_no_page_scrolls_sideways(
    desk: str, open_page: OpenPage, locale: str, size: ViewportSize
) -> None:
    run = await queued()
    await run_due_imports(wall_clock.now())
    for path in ("/settings/imports", f"/settings/imports/{run}"):
        page = await open_page(path, role="supervisor", locale=locale, size=size)
        assert await no_sideways_scroll(page)


async def test_agents_do_not_see_them(client: AsyncClient) -> None:
    await sign_in(client, "agent")
    assert "This needs the role" in (await client.get("/settings/imports")).text
