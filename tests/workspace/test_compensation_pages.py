"""Compensation on the ticket page and the dashboard, in a real browser."""

import asyncio

import pytest
from httpx import AsyncClient
from playwright.async_api import Page, expect

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.tickets.compensation import compensate
from service_desk.workspace.actions import act
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import NOW, make_staff, make_ticket
from tests.profiles import in_depth


async def propose(page: Page, amount: str, reason: str) -> None:
    if not await page.locator("#compensate-amount").is_visible():
        await page.locator("details#compensate > summary").click()
    await page.locator("#compensate-amount").fill(amount)
    await page.locator("#compensate-reason").fill(reason)
    await page.locator("details#compensate button").click()


async def test_an_agent_proposes_and_a_supervisor_decides_from_the_dashboard(open_page: OpenPage):
    ticket = await make_ticket(at=wall_clock.now())
    page = await open_page(f"/tickets/{ticket.number}")
    await propose(page, "1,200.50", "Flooded floor")
    await propose(page, "80", "Taxi")
    shown = page.locator("#compensations li")
    await expect(shown.nth(0)).to_contain_text("CN¥1,200.50 Proposed")
    await expect(shown.nth(0)).to_contain_text("A supervisor decides.")
    await expect(page.locator("#compensations button")).to_have_count(0)
    await page.goto("/dashboard")
    await expect(page.locator("#compensations")).to_have_count(0)

    page = await open_page("/dashboard", role="supervisor")
    rows = page.locator("#compensations tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(0)).to_contain_text("CN¥1,200.50")
    await rows.nth(0).get_by_role("link").click()
    shown = page.locator("#compensations li")
    await shown.nth(0).get_by_role("button", name="Approve").click()
    await expect(shown.nth(0)).to_contain_text("Approved")
    await shown.nth(1).get_by_role("button", name="Reject").click()
    await expect(shown.nth(1)).to_contain_text("Rejected")
    await expect(shown.nth(1)).to_contain_text("decided by Supervisor")
    await expect(page.locator("#history")).to_contain_text("Compensation of CN¥80.00 rejected")
    await page.goto("/dashboard")
    await expect(page.locator("#compensations")).to_contain_text("Nothing awaits")


APPROVED = [("en", "CN¥50.00 Approved"), ("zh", "¥50.00 已批准")]


@pytest.mark.nightly
@pytest.mark.parametrize(("locale", "money"), in_depth(APPROVED, APPROVED[1:]))
async def test_a_supervisors_own_is_approved_at_once(open_page: OpenPage, locale: str, money: str):
    ticket = await make_ticket(at=wall_clock.now())
    page = await open_page(
        f"/tickets/{ticket.number}", role="supervisor", locale=locale, size=PHONE_SIZE
    )
    await propose(page, "50", "Goodwill")
    await expect(page.locator("#compensations li")).to_contain_text(money)
    assert await no_sideways_scroll(page)
    await page.goto("/dashboard")
    assert await no_sideways_scroll(page)


async def test_an_invalid_amount_is_refused_until_it_is_corrected(open_page: OpenPage):
    ticket = await make_ticket(at=wall_clock.now())
    page = await open_page(f"/tickets/{ticket.number}")
    for amount, message in (
        ("much", "is not an amount"),
        ("0", "more than 0"),
        ("9999999999", "at most 1,000,000"),
    ):
        await propose(page, amount, "Goodwill")
        await expect(page.locator("details#compensate .error")).to_contain_text(message)
        assert await page.locator("#compensate-reason").input_value() == "Goodwill"
    await propose(page, "50", "Goodwill")
    await expect(page.locator("#compensations li")).to_have_count(1)


async def test_a_form_submitted_ten_times_is_one_proposal(desk: str):
    staff, ticket = await make_staff(), await make_ticket()
    form = {"amount": "50", "reason": "Goodwill", "nonce": "x" * 22}
    submissions = [
        act("compensate", ticket.number, form, staff_id=staff, now=NOW) for _ in range(10)
    ]  # fmt: skip
    await asyncio.gather(*submissions)
    assert await fetch_value("SELECT count(*) FROM compensation") == 1
    await act("compensate", ticket.number, form | {"nonce": "y" * 22}, staff_id=staff, now=NOW)
    assert await fetch_value("SELECT count(*) FROM compensation") == 2


async def test_an_agent_cannot_decide_with_a_forged_form(open_page: OpenPage):
    agent, ticket = await make_staff(), await make_ticket(at=wall_clock.now())
    id_ = await compensate(ticket.number, 5000, "CNY", "x", staff_id=agent, now=wall_clock.now())
    page = await open_page(f"/tickets/{ticket.number}")
    form = page.locator("form.quick").first
    await form.evaluate(
        "(form, [action, id]) => { form.action = action; form.insertAdjacentHTML('beforeend', "
        "`<input name=compensation value=${id}><input name=approve value=yes>`) }",
        [f"/tickets/{ticket.number}/decide-compensation", id_],
    )
    async with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        await form.locator("button").click()
    assert (await refused.value).status == 403
    await expect(page.locator(".notice.bad")).to_contain_text("Only a supervisor")
    assert [row["state"] for row in await fetch("SELECT state FROM compensation")] == ["proposed"]


async def test_rest_names_who_decided(api: AsyncClient):
    supervisor, ticket = await make_staff("supervisor", name="Mei Chen"), await make_ticket()
    await compensate(ticket.number, 5000, "CNY", "x", staff_id=supervisor, now=NOW)
    shown = (await api.get(f"/tickets/{ticket.number}")).json()["compensations"][0]
    assert (shown["proposed_by"], shown["decided_by"]) == ("Mei Chen", "Mei Chen")
    assert shown["decided_at"] == "2026-10-15T02:00:00Z"
