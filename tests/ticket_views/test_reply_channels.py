"""Reply channels, segments and cost of a text, and moving a message, in the browser."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.contacts.whatsapp import record_whatsapp_contact
from service_desk.database import fetch_value
from service_desk.settings import get_settings
from service_desk.ticket_views.reply_channels import reply_channels
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import receive_message
from service_desk.web import templates
from tests.browsing import OpenPage
from tests.factories import NOW, PHONE, make_ticket

HOUR = timedelta(hours=1)


async def test_without_whatsapp(desk: str) -> None:
    number = (await make_ticket()).number
    channels = reply_channels(await get_ticket(number, NOW), NOW)
    assert (channels.open, channels.whatsapp_expired) == ([("sms", PHONE)], False)


async def test_whatsapp_comes_first_while_its_24_hours_last(desk: str) -> None:
    number = (await make_ticket(channel="whatsapp")).number
    await record_whatsapp_contact(PHONE, PHONE, at=NOW)
    ticket = await get_ticket(number, NOW)
    assert [way for way, _ in reply_channels(ticket, NOW).open] == ["whatsapp", "sms"]
    late = reply_channels(ticket, NOW + 24 * HOUR)
    assert ([way for way, _ in late.open], late.whatsapp_expired) == (["sms"], True)
    await receive_message(number, "by SMS", channel="sms", now=NOW + HOUR)
    ticket = await get_ticket(number, NOW)
    assert [way for way, _ in reply_channels(ticket, NOW + HOUR).open] == ["sms", "whatsapp"]


async def test_the_composer_offers_whatsapp_until_its_24_hours_are_over(
    open_page: OpenPage,
) -> None:
    now = wall_clock.now()
    number = (await make_ticket(channel="whatsapp", at=now)).number
    await record_whatsapp_contact(PHONE, PHONE, at=now)
    page = await open_page(f"/tickets/{number}")
    await expect(page.locator("[name=via] option:checked")).to_contain_text("WhatsApp")
    await page.fill("#f-body", "We come tomorrow")
    await expect(page.locator("#segments")).to_have_text("16 characters")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("li.message").last).to_contain_text("We come tomorrow")
    assert await fetch_value("SELECT channel FROM outbox") == "whatsapp"
    await record_whatsapp_contact(PHONE, PHONE, at=now)
    await _expire_whatsapp()
    page = await open_page(f"/tickets/{number}", locale="zh")
    await expect(page.locator("[name=via] option")).to_have_count(1)
    await expect(page.locator("#compose")).to_contain_text("24 小时回复期已过")


async def _expire_whatsapp() -> None:
    await fetch_value(
        "UPDATE customer SET last_whatsapp_at = last_whatsapp_at - interval '25 hours'"
    )


async def test_segments_and_cost_are_shown_before_sending(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced = replace(get_settings(), sms_segment_price="0.0079", sms_currency="USD")
    monkeypatch.setattr(templates, "get_settings", lambda: priced)
    number = (await make_ticket()).number
    page = await open_page(f"/tickets/{number}")
    segments = page.locator("#segments")
    await page.fill("#f-body", "x" * 161)
    await expect(segments).to_contain_text("GSM-7 · 161 characters · 2 SMS segments · $0.0158")
    await page.fill("#f-body", "洗" * 71)
    await expect(segments).to_contain_text("UCS-2 · 71 characters · 2 SMS segments · $0.0158")
    await page.fill("#f-body", "x" * 1601)
    await expect(segments).to_contain_text("too long: at most 1600")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#compose .error").first).to_contain_text("at most 1600 characters")
    await expect(page.locator("#f-body")).to_have_value("x" * 1601)


async def test_a_message_is_moved_to_another_ticket(open_page: OpenPage) -> None:
    here, there = (await make_ticket()).number, (await make_ticket("The fridge is loud")).number
    await receive_message(here, "The fridge again", channel="sms", now=NOW + HOUR)
    page = await open_page(f"/tickets/{here}")
    form = page.locator("#move-message")
    await form.locator("summary").click()
    await expect(form.locator("option:checked")).to_have_text("The fridge again")
    await form.get_by_label("To ticket").fill(here)
    await form.get_by_role("button", name="Move").click()
    await expect(form.get_by_role("alert")).to_contain_text("already on this ticket")
    await expect(form.get_by_label("To ticket")).to_have_value(here)
    await form.get_by_label("To ticket").fill(there[:-1] + str((int(there[-1]) + 1) % 10))
    await form.get_by_role("button", name="Move").click()
    await expect(form.get_by_role("alert")).to_contain_text("is not a ticket number")
    await form.get_by_label("To ticket").fill(there)
    await form.get_by_role("button", name="Move").click()
    await expect(page.locator("#history")).to_contain_text(f"moved to ticket {there}")
    await expect(page.locator("#conversation")).not_to_contain_text("The fridge again")
    await page.goto(f"/tickets/{there}")
    await expect(page.locator("#conversation")).to_contain_text("The fridge again")
    await expect(page.locator("#history")).to_contain_text(f"moved here from ticket {here}")
