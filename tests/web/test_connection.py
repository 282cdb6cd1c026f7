"""static/connection.js, in a real browser: a session that ends, a desk that is gone."""

from datetime import timedelta

from playwright.async_api import Page, expect

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.staff.accounts import set_password
from tests.browsing import OpenPage
from tests.factories import PASSWORD, make_ticket

REPLY = "An engineer comes at three."
PLAN = "SELECT count(*) FROM ticket_event WHERE type = 'plan.recorded'"


async def ticket_page(open_page: OpenPage) -> Page:
    ticket = await make_ticket(at=wall_clock.now() - timedelta(minutes=5))
    return await open_page(f"/tickets/{ticket.number}")


async def type_plan(page: Page) -> None:
    await page.locator("details#handling-plan > summary").click()
    await page.locator("#handling-plan-diagnosis").fill("Worn belt")
    await page.locator("#handling-plan-plan").fill("Renew it")


async def test_a_session_that_ends_mid_sentence_keeps_what_was_typed(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await set_password("agent@desk.test", PASSWORD)  # which ends the session
    address = page.url
    await type_plan(page)
    await page.evaluate("htmx.trigger(document.querySelector('.bell'), 'refresh')")
    banner = page.locator("#connection")
    await expect(banner).to_contain_text("Your session has ended.")
    assert page.url == address
    await page.locator("details#handling-plan button").click()
    await expect(banner).to_contain_text("sent as soon as that is possible")
    await banner.get_by_label("Password").fill("wrong")
    await banner.get_by_role("button", name="Log in").click()
    await expect(banner.locator(".error")).to_contain_text("password is wrong")
    assert await fetch_value(PLAN) == 0
    await banner.get_by_label("Password").fill(PASSWORD)
    await banner.get_by_role("button", name="Log in").click()
    await expect(page.locator(".plan")).to_contain_text("Renew it")
    assert await fetch_value(PLAN) == 1


async def test_without_the_network_the_page_says_so_and_sends_later(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await page.locator("#f-body").fill(REPLY)
    await page.context.set_offline(True)
    await expect(page.locator("#connection")).to_contain_text("The desk cannot be reached.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#connection")).to_contain_text("sent as soon as that is possible")
    await page.evaluate("document.querySelector('time[data-due]').textContent = 'stands still'")
    await page.evaluate("document.dispatchEvent(new Event('htmx:afterSettle'))")  # ticks
    await expect(page.locator("time[data-due]").first).to_have_text("stands still")
    assert await page.locator("#f-body").input_value() == REPLY
    await page.context.set_offline(False)
    await expect(page.locator(".message.out")).to_contain_text(REPLY)
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'reply'") == 1


async def test_nothing_is_sent_in_the_name_of_somebody_else(open_page: OpenPage) -> None:
    page = await ticket_page(open_page)
    await page.locator("#f-body").fill(REPLY)
    await open_page("/queue", role="supervisor")
    await fetch("UPDATE staff_session SET staff = (SELECT max(id) FROM staff)")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#connection")).to_contain_text("Somebody else has logged in here.")
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'reply'") == 0


async def test_a_customer_without_the_network_loses_nothing(open_page: OpenPage) -> None:
    ticket = await make_ticket(at=wall_clock.now())
    page = await open_page(f"/t/{ticket.token}", role=None)
    await page.locator("#f-body").fill("It leaks again")
    await page.reload()
    await expect(page.locator("#f-body")).to_have_value("It leaks again")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#connection")).to_contain_text("It is sent as soon as")
    await expect(page.locator("#f-body")).to_have_value("It leaks again")
    await page.context.set_offline(False)
    await expect(page.locator(".message.in").last).to_contain_text("It leaks again")
    await page.reload()
    await expect(page.locator("#f-body")).to_have_value("")
    body = "SELECT count(*) FROM message WHERE body = 'It leaks again'"
    assert await fetch_value(body) == 1
