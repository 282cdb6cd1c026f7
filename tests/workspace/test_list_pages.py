"""The page of all tickets."""

from playwright.async_api import expect

from service_desk.database import fetch_value
from tests.browsing import OpenPage
from tests.factories import make_ticket, solved


async def test_tickets_of_any_state_are_listed_and_filtered(open_page: OpenPage) -> None:
    old = await make_ticket("Does not heat", phone="+8613812340777", kind="enquiry")
    await solved(old)
    await make_ticket("Does not spin", phone="+8613812340778")
    page = await open_page("/tickets")
    await expect(page.locator("tbody tr")).to_have_count(2)
    await page.goto("/tickets?q=0777")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody tr")).to_contain_text("Resolved")
    await page.goto("/tickets?state=new")
    await expect(page.locator("tbody tr")).to_contain_text("Does not spin")


async def test_a_customer_with_many_tickets_shows_all_of_them(open_page: OpenPage) -> None:
    for number in range(57):
        await make_ticket(f"Complaint {number}")
    await make_ticket("Somebody else's", phone="+8613899999999")
    customer = await fetch_value("SELECT min(id) FROM customer")
    page = await open_page(f"/customers/{customer}")
    await expect(page.locator(".recent-tickets li")).to_have_count(50)
    await page.get_by_role("link", name="All 57 tickets").click()
    await expect(page.locator("tbody tr")).to_have_count(50)
    await page.get_by_role("link", name="Next page").click()
    await expect(page.locator("tbody tr")).to_have_count(7)
