"""static/drafts.js, in a real browser."""

from contextlib import suppress
from datetime import timedelta

from playwright.async_api import Error, Page, expect

from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.staff.authentication import session_cookie
from tests.browsing import OpenPage, session_of
from tests.factories import make_ticket

NOTE = "They are rude; do not refund."


async def ticket_page(open_page: OpenPage) -> Page:
    ticket = await make_ticket(at=wall_clock.now() - timedelta(minutes=5))
    return await open_page(f"/tickets/{ticket.number}")


async def type_note(page: Page, text: str = NOTE) -> None:
    await page.get_by_role("radio", name="Note").check()
    await page.locator("#f-body").fill(text)


async def typed(page: Page) -> str:
    return await page.locator("#f-body").input_value()


async def mode(page: Page) -> str:
    return await page.locator("[name=mode]:checked").input_value()


async def replies() -> list[str]:
    return [row["body"] for row in await fetch("SELECT body FROM outbox WHERE purpose = 'reply'")]


async def test_a_note_comes_back_as_a_note_and_is_never_sent(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await type_note(page)
    await page.reload()
    assert (await mode(page), await typed(page)) == ("note", NOTE)
    await page.get_by_role("button", name="Assign to me").click()
    await expect(page.locator("#ticket-head")).to_contain_text("Assignee: Agent")
    assert (await mode(page), await typed(page)) == ("note", NOTE)
    await page.get_by_role("radio", name="Reply").check()
    assert await typed(page) == ""
    await page.locator("#f-body").fill("We are on our way.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.out")).to_contain_text("We are on our way.")
    assert (await mode(page), await typed(page)) == ("note", NOTE)  # still to be added
    assert await replies() == ["We are on our way."]


async def test_a_reply_can_become_a_note_but_not_the_other_way(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await page.locator("#f-body").fill("Third time")
    for name in ("Note", "Log a call", "Reply", "Note"):
        await page.get_by_role("radio", name=name).check()
        assert await typed(page) == "Third time"
    await page.locator("#f-body").fill("Third time this year")
    await page.get_by_role("radio", name="Reply").check()
    assert await typed(page) == ""


async def test_a_draft_leaves_with_the_log_out(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await type_note(page)
    await page.locator("details.me summary").click()
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url("**/login")
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_a_draft_is_of_one_person(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await type_note(page)
    cookie, desk = session_cookie(), page.url.partition("/tickets")[0]
    (before,) = [each for each in await page.context.cookies() if each.get("name") == cookie]
    token = await session_of("agent", "another@desk.test", "en")
    await page.context.add_cookies([{"name": cookie, "value": token, "url": desk}])
    await page.reload()
    assert (await mode(page), await typed(page)) == ("reply", "")
    value = before.get("value", "")
    await page.context.add_cookies([{"name": cookie, "value": value, "url": desk}])
    await page.reload()
    assert (await mode(page), await typed(page)) == ("note", NOTE)


async def test_a_draft_survives_a_failed_send(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    address = page.url
    await page.locator("#f-body").fill("Half a day")
    await page.route("**/compose", lambda route: route.abort())
    await page.get_by_role("button", name="Send").click()
    with suppress(Error):  # if it is on its way there
        await page.wait_for_url("chrome-error://**")
    await page.wait_for_function("location.protocol === 'chrome-error:'")
    await page.goto(address + "#compose")
    assert await typed(page) == "Half a day"
    await page.unroute("**/compose")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.out")).to_contain_text("Half a day")
    assert await typed(page) == ""


async def test_back_after_a_reply_does_not_offer_it_again(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await page.locator("#f-body").fill("An engineer comes at three.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.out")).to_have_count(1)
    await page.go_back()
    await expect(page.locator("#f-body")).to_have_value("")
    assert await replies() == ["An engineer comes at three."]
