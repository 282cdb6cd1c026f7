"""Merge, link, split and move on the ticket page, in a real browser."""

import pytest
from playwright.async_api import Page, expect

from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.linking.operations import merge
from service_desk.tickets.conversation import receive_message
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import make_staff, make_ticket, resolve
from tests.profiles import in_depth


async def unfold(page: Page, verb: str) -> None:
    await page.locator(f"details#{verb} > summary").click()


async def test_a_merge_leads_to_the_other_ticket(open_page: OpenPage) -> None:
    now = wall_clock.now()
    one, two = await make_ticket("One", at=now), await make_ticket("Two", at=now)
    page = await open_page(f"/tickets/{one.number}")
    await unfold(page, "merge")
    await page.locator("#merge-into").fill(f"#{two.number[:3]} {two.number[3:]}")
    await page.locator("details#merge button").click()
    await expect(page.locator("#ticket-head .mono")).to_have_text(two.number)
    await expect(page.locator("#conversation")).to_contain_text("One")
    await expect(page.locator("#history")).to_contain_text(
        f"Ticket {one.number} was merged into this one"
    )
    await page.goto(f"/tickets/{one.number}")
    await expect(page.locator("#ticket-head .notice")).to_contain_text(f"Merged into {two.number}")


REFUSALS = [
    ("en", "is not a ticket number. Check its digits.", "belongs to another customer"),
    ("zh", "不是有效的工单号", "属于其他客户"),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("locale", "mistyped", "strange"), in_depth(REFUSALS, REFUSALS[1:]))
async def test_a_mistyped_number_and_another_customers_ticket(
    open_page: OpenPage, locale: str, mistyped: str, strange: str
) -> None:
    now = wall_clock.now()
    one, two = await make_ticket("One", at=now), await make_ticket("Two", at=now, phone=None)
    page = await open_page(f"/tickets/{one.number}", locale=locale)
    wrong = two.number[:-1] + str((int(two.number[-1]) + 1) % 10)
    for typed, error in ((wrong, mistyped), (two.number, strange)):
        if not await page.locator("#merge-into").is_visible():
            await unfold(page, "merge")
        await page.locator("#merge-into").fill(typed)
        await page.locator("details#merge button").click()
        await expect(page.locator("details#merge .error")).to_contain_text(error)
        assert await page.locator("#merge-into").input_value() == typed
    assert await fetch_value("SELECT count(*) FROM ticket WHERE state = 'closed'") == 0


async def test_a_likely_duplicate_is_proposed_for_the_merge(open_page: OpenPage) -> None:
    one = await make_ticket(at=wall_clock.now(), product="W8")
    two = await make_ticket(at=wall_clock.now(), product="W8")
    page = await open_page(f"/tickets/{two.number}")
    await unfold(page, "merge")
    assert await page.locator("#merge-into").input_value() == one.number


async def test_a_closed_ticket_can_be_linked(open_page: OpenPage) -> None:
    now = wall_clock.now()
    one, two = await make_ticket("One", at=now), await make_ticket("Two", at=now, phone=None)
    staff = await make_staff()
    await resolve(one.number, "Done", staff_id=staff, now=now)
    page = await open_page(f"/tickets/{one.number}")
    await unfold(page, "link")
    await page.locator("#link-to").fill(two.number)
    await page.locator("details#link button").click()
    await expect(page.locator("#ticket-head .notice")).to_contain_text(f"Follows {two.number}")
    await expect(page.locator("#history")).to_contain_text(f"Linked with {two.number}")


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [False]))
async def test_split_a_message_out(open_page: OpenPage, javascript: bool) -> None:
    ticket = await make_ticket("One", at=wall_clock.now())
    await receive_message(ticket.number, "The fridge is loud", channel="sms", now=wall_clock.now())
    page = await open_page(f"/tickets/{ticket.number}", javascript=javascript)
    await unfold(page, "split-out")
    form = page.locator("details#split-out form")
    await form.get_by_label("Kind").select_option("repair")
    await form.get_by_label("Send the customer the ticket's number").uncheck()
    await form.get_by_role("button").click()
    await expect(page.locator("h1")).to_have_text("The fridge is loud")
    await expect(page.locator("#ticket-head")).to_contain_text("Repair")
    await expect(page.locator("#ticket-head .notice")).to_contain_text(f"Follows {ticket.number}")
    await expect(page.locator("#history")).to_contain_text(
        f"Split from ticket {ticket.number}: Repair by SMS"
    )
    assert await fetch_value("SELECT count(*) FROM outbox") == 0
    new = await page.locator("#ticket-head .mono").inner_text()
    await page.goto(f"/tickets/{ticket.number}")
    await expect(page.locator("#conversation")).not_to_contain_text("The fridge is loud")
    await expect(page.locator("#history")).to_contain_text(
        f"A message was split out to the new ticket {new}"
    )
    # Only the message that opened the ticket is left.
    await expect(page.locator("details#split-out")).to_have_count(0)


async def test_messages_of_merged_tickets_are_not_offered_for_splitting(
    open_page: OpenPage,
) -> None:
    """They belong to the merged ticket, which they opened."""
    now, staff = wall_clock.now(), await make_staff()
    one, two = await make_ticket("One", at=now), await make_ticket("Two", at=now)
    await merge(one.number, two.number, staff_id=staff, now=now)
    page = await open_page(f"/tickets/{two.number}", size=PHONE_SIZE, locale="zh")
    await expect(page.locator("#conversation .message")).to_have_count(2)
    await expect(page.locator("details#split-out")).to_have_count(0)
    assert await no_sideways_scroll(page)
