"""E-mails to customers, as a real mail server receives them."""

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings, get_settings
from service_desk.tickets import conversation
from tests.factories import make_staff, make_ticket, resolve
from tests.outbox.servers import mail_server

FOOTER = {"en": "Please do not reply to this e-mail", "zh": "请勿直接回复此邮件"}
BY_TEXT = ("Text us", "Reply with", "直接回复即可", "请直接回复", "STATUS", "发“进度”")


@pytest.mark.parametrize(
    ("locale", "body", "acknowledged", "rate_us"),
    [
        ("en", "Smoke comes out of the washer", "goes first", "Please rate us on its page"),
        ("en", "The washer is loud", "an agent will answer you", "Please rate us on its page"),
        ("zh", "洗衣机漏电", "将优先处理", "请在工单页面评价我们的服务"),
        ("zh", "洗衣机不排水", "客服人员会尽快答复您", "请在工单页面评价我们的服务"),
    ],
)
async def test_every_e_mail_says_where_to_reply(
    client: AsyncClient, locale: str, body: str, acknowledged: str, rate_us: str
) -> None:
    async with mail_server() as mailbox, open_gateways(Settings(smtp_url=mailbox.url)):
        sent = {"kind": "repair", "description": body, "email": "ann@example.com"}
        tracking = (await client.post("/support", data=sent)).headers["location"].partition("?")[0]
        number, agent = await fetch_value("SELECT number FROM ticket"), await make_staff()
        now = wall_clock.now()
        await conversation.reply(number, "Which model is it?", staff_id=agent, now=now)
        await resolve(number, "Done", None, staff_id=agent, now=now)
        assert await deliver_due(wall_clock.now(), ["email"]) == 3
    link = f"{get_settings().public_url.rstrip('/')}{tracking}"
    mails = [mail.get_content().replace("\r\n", "\n") for mail in mailbox.received]
    acknowledgement, reply, resolution = (
        next(mail for mail in mails if words in mail)
        for words in (acknowledged, "Which model is it?", rate_us)
    )
    for mail in mails:
        assert mail.rstrip().endswith(f"\n{link}")  # alone on the last line, below the footer
        assert FOOTER[locale] in mail
        assert number in mail
        assert not [words for words in BY_TEXT if words in mail]
    assert acknowledgement.count(link) == resolution.count(link) == 2
    assert reply.count(link) == 1


async def test_the_footer_is_not_stored_with_the_message(client: AsyncClient) -> None:
    sent = {"kind": "repair", "description": "It is loud", "email": "ann@example.com"}
    await client.post("/support", data=sent)
    await conversation.reply(
        await fetch_value("SELECT number FROM ticket"), "Which model?",
        staff_id=await make_staff(), now=wall_clock.now(),
    )  # fmt: skip
    bodies = [row["body"] for row in await fetch("SELECT body FROM message ORDER BY id")]
    assert bodies[-1] == "Which model?"
    assert not [body for body in bodies if FOOTER["en"] in body]


async def test_texts_have_no_footer(desk: str) -> None:
    ticket = await make_ticket()
    now = wall_clock.now()
    await resolve(ticket.number, "Done", None, staff_id=await make_staff(), now=now)
    texts = await fetch("SELECT channel, body FROM outbox")
    assert [row["channel"] for row in texts] == ["sms"]
    assert "Reply with 1 (bad) to 5 (good)" in texts[0]["body"]
    assert FOOTER["en"] not in texts[0]["body"]
