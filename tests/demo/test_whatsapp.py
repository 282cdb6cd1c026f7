"""WhatsApp on the handset: the same phone, another app, the same signed webhook."""

from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings
from service_desk.tickets.conversation import reply
from tests.browsing import OpenPage
from tests.factories import make_staff


async def test_a_whatsapp_message_is_replied_to_by_whatsapp(
    demo: None, open_page: OpenPage
) -> None:
    page = await open_page("/handset?phone=%2B8613900000001", role=None)
    await page.get_by_label("Channel").select_option("whatsapp")
    await page.get_by_label("Text message").fill("The washer is broken")
    await page.get_by_role("button", name="Send", exact=True).click()
    chat = page.locator("#chat")
    await expect(chat.locator(".theirs")).to_contain_text("WhatsApp")
    await expect(chat.locator(".mine")).to_contain_text("The washer is broken")
    await expect(page.get_by_label("Channel")).to_have_value("whatsapp")
    ticket = (await fetch("SELECT number, channel FROM ticket"))[0]
    assert ticket["channel"] == "whatsapp"
    await reply(
        ticket["number"], "We come at nine", staff_id=await make_staff(), now=wall_clock.now()
    )
    async with open_gateways(Settings(demo=True)):
        assert await deliver_due(wall_clock.now()) == 1
    await expect(chat.locator(".theirs").last).to_contain_text("We come at nine")
    await expect(chat.locator(".theirs").last).to_contain_text("WhatsApp")
    await page.get_by_label("Channel").select_option("sms")
    await page.get_by_label("Text message").fill("and by SMS")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(chat.locator(".mine").last).to_contain_text("and by SMS")
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
