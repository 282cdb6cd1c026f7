"""The phone line in a real browser."""

import pytest
from httpx import AsyncClient
from playwright.async_api import ViewportSize, expect

from service_desk.phone_line.queries import phones_to_ring
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import WIDE, OpenPage, no_sideways_scroll
from tests.caller import Call
from tests.factories import make_staff
from tests.profiles import in_depth

WORDS = [
    ("en", "Take calls", "Take no more calls", "There is no phone number"),
    ("zh", "开始接听", "停止接听", "不存在电话号码"),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("locale", "take", "stop", "wrong"), in_depth(WORDS, WORDS[1:]))
async def test_an_agent_starts_and_stops_taking_calls(
    open_page: OpenPage, locale: str, take: str, stop: str, wrong: str
):
    await make_staff("agent", "other@desk.test", name="Somebody else")
    page = await open_page("/calls", locale=locale, size=PHONE_SIZE)
    await expect(page.locator(".line li")).to_have_count(1)
    await page.locator(".line [name=phone]").fill("12")
    await page.get_by_role("button", name=take, exact=True).click()
    await expect(page.locator(".notice.bad")).to_contain_text(wrong)
    assert await page.locator(".line [name=phone]").input_value() == "12"
    await page.locator(".line [name=phone]").fill("139 0000 0011")
    await page.get_by_role("button", name=take, exact=True).click()
    await expect(page.locator(".line .badge.good")).to_have_count(1)
    assert [one.phone for one in await phones_to_ring()] == ["+8613900000011"]
    assert await no_sideways_scroll(page)
    await page.get_by_role("button", name=stop).click()
    await expect(page.locator(".line .badge.good")).to_have_count(0)
    assert await phones_to_ring() == []


async def test_a_supervisor_lets_somebody_take_calls(open_page: OpenPage):
    await make_staff("agent", name="Lin")
    page = await open_page("/calls", role="supervisor")
    await page.get_by_label("Phone of Lin").fill("139 0000 0011")
    await page.locator(".line li", has_text="Lin").get_by_role("button").click()
    await expect(page.locator(".line .badge.good")).to_have_count(1)
    agents = await open_page("/calls", role="agent", email="another@desk.test")
    await expect(agents.locator(".line li", has_text="Lin")).to_contain_text("+8613900000011")


@pytest.mark.nightly
@pytest.mark.parametrize("size", in_depth([WIDE, PHONE_SIZE], [PHONE_SIZE]))
async def test_the_latest_calls(client: AsyncClient, open_page: OpenPage, size: ViewportSize):
    call = Call(client)
    await call.dial()
    await call.press("2")
    await call.speak()
    await call.hang_up(seconds=75)
    await Call(client, "anonymous").dial()
    page = await open_page("/calls", size=size)
    rows = page.locator("tbody tr")
    await expect(rows.nth(0)).to_contain_text("number withheld")
    await expect(rows.nth(0)).to_contain_text("Call in progress")
    await expect(rows.nth(1)).to_contain_text("Repair")
    await expect(rows.nth(1)).to_contain_text("1 min 15 s")
    assert await no_sideways_scroll(page)
    await rows.nth(1).get_by_role("link").click()
    await expect(page.locator("#history")).to_contain_text(
        "Phone call ended after 1 min 15 s: Repair"
    )


async def test_an_agent_changes_nobody_else(open_page: OpenPage, client: AsyncClient):
    other = await make_staff("agent", "other@desk.test")
    page = await open_page("/calls")
    form = page.locator(".line form")
    await form.evaluate(f"form => form.action = '/calls/{other}'")
    await form.locator("[name=phone]").fill("139 0000 0011")
    async with page.expect_response(lambda answer: answer.request.method == "POST") as response:
        await form.get_by_role("button").click()
    assert (await response.value).status == 403
    assert (await client.post(f"/calls/{other}", data={"phone": "1"})).status_code == 403
    assert await phones_to_ring() == []
