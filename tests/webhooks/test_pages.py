import html
import re

from httpx import AsyncClient
from playwright.async_api import expect

from service_desk.database import fetch, fetch_value
from tests.browsing import PHONE, OpenPage, no_sideways_scroll, sign_in
from tests.factories import make_ticket
from tests.webhooks.subscribing import subscription

PATH = "/settings/webhooks"


async def fail_all(error: str = "HTTP 500") -> None:
    await fetch(
        "UPDATE outbox SET state = 'failed', attempts = 12, next_attempt_at = NULL, error = $1 "
        "WHERE channel = 'webhook'",
        error,
    )


async def test_a_supervisor_subscribes_and_sees_the_secret_once(open_page: OpenPage) -> None:
    page = await open_page(PATH, role="supervisor")
    await page.get_by_label("URL").fill("https://example.com/hook")
    await page.get_by_label("Ticket opened").check()
    await page.get_by_role("button", name="Subscribe").click()
    secret = page.locator("code.secret")
    await expect(secret).to_have_text(re.compile(r"whsec_\S{44}"))
    shown = await secret.inner_text()
    assert await fetch_value("SELECT secret FROM webhook_subscription") == shown
    await page.goto(PATH)
    await expect(page.locator("#subscriptions")).to_contain_text("https://example.com/hook")
    await expect(page.locator("#subscriptions")).to_contain_text("Ticket opened")
    assert shown not in await page.content()
    await page.get_by_role("button", name="Test").click()
    await expect(page.get_by_role("status")).to_contain_text("on its way")
    await expect(page.locator("#subscriptions")).to_contain_text("Queued")
    await page.get_by_role("button", name="Delete").click()
    await expect(page.locator("#subscriptions")).to_contain_text("No subscriptions yet")


async def test_rejected_input_stays_in_the_form(open_page: OpenPage) -> None:
    page = await open_page(PATH, role="supervisor", locale="zh", javascript=False)
    await page.get_by_label("网址").fill("https://192.168.1.7/hook")
    await page.get_by_label("工单已解决").check()
    await page.get_by_role("button", name="订阅").click()
    await expect(page.locator(".error")).to_contain_text("192.168.1.7 位于服务台的内部网络")
    await expect(page.get_by_label("网址")).to_have_value("https://192.168.1.7/hook")
    await expect(page.get_by_label("工单已解决")).to_be_checked()


async def test_a_url_that_somebody_subscribed_meanwhile_is_refused(client: AsyncClient) -> None:
    await sign_in(client, "supervisor")
    page = (await client.get(PATH)).text
    hidden = dict(re.findall(r'name="(newest_seen|_csrf_token)" value="([^"]*)"', page))
    form = hidden | {"url": "https://example.com/hook", "events": "ticket.opened"}
    assert (await client.post(PATH, data=form)).status_code == 200
    refused = await client.post(PATH, data=form)
    assert refused.status_code == 409
    assert "in another window, set Subscription to" in html.unescape(refused.text)
    seen = dict(re.findall(r'name="(newest_seen)" value="([^"]*)"', refused.text))
    assert (await client.post(PATH, data=form | seen)).status_code == 200


async def test_dead_letters_are_redelivered_one_or_all(open_page: OpenPage) -> None:
    await subscription("https://example.com/hook", "ticket.opened")
    first = await make_ticket()
    await make_ticket(phone="+8613800138001")
    await fail_all()
    page = await open_page(PATH, role="supervisor")
    letters = page.locator("#dead-letters")
    await expect(letters.locator("tbody tr")).to_have_count(2)
    await expect(letters).to_contain_text("HTTP 500")
    await letters.locator("tr", has_text=first.number).get_by_role("button").click()
    await expect(page.get_by_role("status")).to_contain_text("1 webhook is being sent again")
    await expect(letters.locator("tbody tr")).to_have_count(1)
    await letters.get_by_role("button", name="Send all again").click()
    await expect(letters).to_contain_text("No failed webhooks.")
    assert await fetch_value("SELECT count(*) FROM outbox WHERE state = 'queued'") == 2


async def test_it_fits_a_phone(open_page: OpenPage) -> None:
    await subscription("https://example.com/" + "x" * 200, "ticket.opened", "message.sent")
    await make_ticket()
    await fail_all("ClientConnectorError: " + "y" * 200)
    page = await open_page(PATH, role="supervisor", locale="zh", size=PHONE)
    assert await no_sideways_scroll(page)


async def test_only_supervisors(client: AsyncClient) -> None:
    await sign_in(client, "agent")
    assert "needs the role" in (await client.get(PATH)).text
