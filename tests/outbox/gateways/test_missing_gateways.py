"""A desk without a gateway sends nothing and says so (DESIGN §2.9)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from service_desk import wall_clock
from service_desk.outbox.delivery import GATEWAY_CHECK, deliver_due
from service_desk.outbox.failed_messages import count_waiting_messages
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.outbox.gateways.missing_gateways import missing_gateways
from service_desk.settings import Settings
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets.conversation import reply
from tests.browsing import OpenPage
from tests.factories import NOW, make_staff, make_ticket
from tests.outbox.delivering import by_twilio, queue, states
from tests.outbox.servers import fake_twilio

MAIL = "smtp://mail.example?from=desk@desk.example"
TWILIO = Settings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_from="+15005550006")


def test_what_is_missing() -> None:
    def settings_of(settings: Settings) -> list[str]:
        return [one.setting for one in missing_gateways(settings)]

    assert settings_of(Settings()) == ["SMS", "e-mail"]
    assert settings_of(Settings(demo=True)) == []
    assert settings_of(Settings(demo=True, smtp_url="foo")) == ["SMTP_URL"]
    assert settings_of(replace(TWILIO, smtp_url=MAIL)) == []
    for wrong in ("foo", "smtp://mail.example", "smtp://h:port?from=a@b.c", "smtp://h?from=a b@"):
        assert settings_of(replace(TWILIO, smtp_url=wrong)) == ["SMTP_URL"]
    assert settings_of(replace(TWILIO, smtp_url=MAIL, twilio_from="")) == ["TWILIO_FROM"]


@pytest.mark.usefixtures("no_gateways")
async def test_a_message_waits_marked_so_until_there_is_a_gateway(desk: str) -> None:
    ticket = await make_ticket()
    await reply(ticket.number, "We come today", staff_id=await make_staff(), now=NOW)
    assert await count_waiting_messages() == 1  # told at once, no worker has looked
    async with open_gateways(Settings()):
        assert await deliver_due(NOW) == 1
        assert await deliver_due(NOW) == 0
    shown = (await get_ticket(ticket.number, NOW)).messages[-1]
    assert (shown.delivery, shown.delivery_error) == (
        "queued",
        "No gateway is set up: it waits.",
    )
    assert await count_waiting_messages() == 1
    async with fake_twilio() as twilio, open_gateways(by_twilio(twilio)):
        assert await deliver_due(NOW + GATEWAY_CHECK) == 1
    assert [sent["Body"] for sent in twilio.sent] == ["We come today"]
    assert await count_waiting_messages() == 0
    assert (await get_ticket(ticket.number, NOW)).messages[-1].delivery == "sent"


async def test_an_unreadable_mail_server_stops_no_worker(desk: str) -> None:
    await queue(1, "email", "ann@example.com")
    await queue(1)
    async with fake_twilio() as twilio, open_gateways(by_twilio(twilio, smtp_url="foo")):
        assert await deliver_due(NOW) == 2
    assert await states() == ["queued", "sent"]


@pytest.mark.usefixtures("no_gateways")
async def test_pages_say_what_is_missing(open_page: OpenPage) -> None:
    ticket = await make_ticket(at=wall_clock.now())
    await reply(ticket.number, "We come", staff_id=await make_staff(), now=wall_clock.now())
    async with open_gateways(Settings()):
        await deliver_due(wall_clock.now() + timedelta(seconds=1))
    page = await open_page("/dashboard", role="supervisor")
    text = await page.locator("main").inner_text()
    assert "This desk cannot send by SMS, WhatsApp: such messages wait." in text
    assert "This desk cannot send by E-mail: such messages wait." in text
    assert "1 message waits." in text
    await page.goto(page.url.replace("/dashboard", f"/tickets/{ticket.number}"))
    shown = await page.locator("main").inner_text()
    assert "It waits: this desk cannot send by this channel yet." in shown
