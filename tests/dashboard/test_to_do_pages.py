"""The dashboard lists what waits for a supervisor, and what they were told."""

from httpx import AsyncClient
from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.database import transaction
from service_desk.notifications.operations import notify_of_proposal
from service_desk.self_service.rating import rate
from service_desk.tickets import progress
from tests.browsing import OpenPage, sign_in
from tests.factories import make_staff, make_ticket
from tests.suppliers.offending import SUPPLIER, make_offender


async def test_a_supervisor_answers_and_deals_with_what_waits(open_page: OpenPage) -> None:
    now, agent = wall_clock.now(), await make_staff(email="asker@desk.test")
    number = (await make_ticket(at=now)).number
    page = await open_page("/dashboard", role="supervisor")
    await progress.refer(number, "May we pay?", staff_id=agent, now=now)
    await rate(number, 1, now=now)
    await page.reload()
    await expect(page.locator("#notifications")).to_contain_text("A low rating")
    await page.get_by_label("May we pay?").fill("Yes, up to 100")
    await page.get_by_role("button", name="Answer").click()
    await expect(page.locator("#history")).to_contain_text("Referral answered by")
    await page.goto("/dashboard")
    await expect(page.locator("#referrals")).to_have_count(0)
    await page.get_by_role("button", name="Dealt with").click()
    await expect(page.locator("#ratings")).to_have_count(0)
    await page.get_by_label("Also by e-mail").check()
    await page.locator("#notifications button").click()
    await expect(page.get_by_label("Also by e-mail")).to_be_checked()


async def test_a_proposal_leads_to_its_supplier(client: AsyncClient) -> None:
    await sign_in(client, "supervisor")
    supplier = await make_offender()
    async with transaction():
        await notify_of_proposal(supplier, SUPPLIER, now=wall_clock.now())
    page = (await client.get("/dashboard")).text
    assert f'<a href="/suppliers/{supplier}">{SUPPLIER}</a>' in page
