"""The page of a preview that takes a while: progress, then the preview; nothing typed is lost."""

import re

import pytest
from httpx import AsyncClient, Response

from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.long_jobs.running import run_next_job
from service_desk.sla_settings import preview_jobs
from service_desk.sla_settings.preview_jobs import calculate_preview
from tests.browsing import press, sign_in
from tests.factories import make_ticket

PAGE = "/settings/previews/1"
MOVE = "/settings/policy/move?name=counter+exchange/return&to=up"


@pytest.fixture(autouse=True)
async def large_desk(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def has_not_ended(_: int) -> bool:
        return False

    monkeypatch.setattr(preview_jobs, "MAX_AT_ONCE", 0)
    monkeypatch.setattr(preview_jobs, "has_ended_soon", has_not_ended)
    await make_ticket(at=wall_clock.now())
    await sign_in(client, "supervisor")


async def done() -> None:
    assert await run_next_job("preview", calculate_preview, wall_clock.now())


def draft(page: Response) -> str:
    (found,) = re.findall(r'name="draft" value="([^"]*)"', page.text)
    return found.replace("&#34;", '"').replace("&amp;", "&")


async def test_an_order_is_previewed_when_the_worker_is_done(client: AsyncClient) -> None:
    assert (await client.get(MOVE, follow_redirects=False)).headers["location"] == PAGE
    waiting = await client.get(PAGE)
    assert f'hx-get="{PAGE}"' in waiting.text
    assert "Nothing is saved yet" in waiting.text
    await done()
    polled = await client.get(PAGE, headers={"HX-Request": "true"})
    assert polled.headers["hx-refresh"] == "true"
    shown = await client.get(PAGE, follow_redirects=True)
    assert shown.url.path == "/settings/policy/preview/1"
    assert "would be tried before" in shown.text
    assert "(of 1)" in shown.text
    assert (await client.get("/settings/calendar/preview/1")).status_code == 404


async def test_a_retirement_that_is_cancelled_or_failed(client: AsyncClient) -> None:
    await client.get("/settings/policy/retire", params={"name": "counter exchange/return"})
    assert (await client.get("/settings/policy/preview/1")).status_code == 409
    assert (await press(client, f"{PAGE}/cancel")).headers["location"] == PAGE
    assert "Cancelled" in (await client.get(PAGE)).text
    await fetch("UPDATE long_job SET state = 'failed', error = 'It broke.'")
    assert "It broke." in (await client.get(PAGE)).text
    await press(client, f"{PAGE}/retry")
    await done()
    shown = await client.get(PAGE, follow_redirects=True)
    assert "New tickets get the next policy that matches" in shown.text


async def test_a_calendars_draft_is_edited_again_or_saved(client: AsyncClient) -> None:
    """What was typed is on the page of the progress and in the preview."""
    office = {
        "name": "office", "based_on": "0", "tz": "Asia/Shanghai",
        "week.mon": "09:00-12:00", "public_holidays": "",
    }  # fmt: skip
    answer = await press(client, "/settings/calendar/preview", **office)
    assert answer.headers.get("location") == PAGE, answer.text
    typed = draft(await client.get(PAGE))
    again = await press(client, "/settings/calendar/edit", draft=typed)
    assert 'value="office"' in again.text
    await done()
    shown = await client.get(PAGE, follow_redirects=True)
    assert shown.url.path == "/settings/calendar/preview/1"
    saved = await press(client, "/settings/calendar", draft=draft(shown), apply="new")
    assert "saved=office" in saved.headers["location"]


async def test_only_who_asked_sees_it(client: AsyncClient) -> None:
    await client.get(MOVE)
    await sign_in(client, "admin")
    assert (await client.get(PAGE)).status_code == 404
