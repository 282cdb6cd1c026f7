"""Decisions on messages of unknown outcome, in a real browser."""

import pytest
from playwright.async_api import expect

from service_desk.database import fetch, fetch_value
from service_desk.i18n.twilio_codes import describe_error
from service_desk.tickets.conversation import reply
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import NOW, make_staff, make_ticket
from tests.profiles import in_depth


async def message_of_unknown_outcome() -> str:
    ticket, agent = await make_ticket(), await make_staff("agent")
    await reply(ticket.number, "We come tomorrow", staff_id=agent, now=NOW)
    await fetch(
        "UPDATE outbox SET state = 'unknown', attempts = 1, next_attempt_at = NULL, "
        "error = 'Twilio did not answer: TimeoutError()' WHERE purpose = 'reply'"
    )
    return ticket.number


async def state() -> str:
    return await fetch_value("SELECT state FROM outbox WHERE purpose = 'reply'")


async def test_it_is_sent_again_from_the_ticket(open_page: OpenPage) -> None:
    number = await message_of_unknown_outcome()
    page = await open_page(f"/tickets/{number}")
    message = page.locator("li.message", has_text="We come tomorrow")
    await expect(message).to_contain_text("Outcome unknown")
    await message.get_by_role("button", name="Send again").click()
    await expect(message).to_contain_text("Queued")
    await expect(page.locator("#history")).to_contain_text("was sent again")
    assert page.url.endswith(f"/tickets/{number}#conversation")
    assert await state() == "queued"


async def test_it_is_marked_as_sent_from_the_dashboard_without_javascript(
    open_page: OpenPage,
) -> None:
    await message_of_unknown_outcome()
    page = await open_page("/dashboard", locale="zh", javascript=False)
    row = page.locator("#outbox tbody tr")
    await expect(row).to_contain_text("结果未知")
    await row.get_by_role("button", name="已送达").click()
    await expect(page.locator("#outbox")).to_contain_text("均已送达")
    assert await state() == "sent"


STATES = {
    "queued": ("Queued", "待发送"),
    "sending": ("Sending", "发送中"),
    "sent": ("Sent", "已发送"),
    "delivered": ("Delivered", "已送达"),
    "undelivered": ("Not delivered", "未送达"),
    "failed": ("Failed", "发送失败"),
    "unknown": ("Outcome unknown", "结果未知"),
    "suppressed": ("Not sent: opted out", "未发送：客户已退订"),
}


@pytest.mark.nightly
@pytest.mark.parametrize("locale", in_depth(["en", "zh"], ["zh"]))
async def test_each_state_is_shown_by_name(open_page: OpenPage, locale: str) -> None:
    number = await message_of_unknown_outcome()
    page = await open_page(f"/tickets/{number}", locale=locale, javascript=False)
    message = page.locator("li.message", has_text="We come tomorrow")
    for one, words in STATES.items():
        await fetch("UPDATE outbox SET state = $1, error = $2", one, describe_error(30003))
        await page.reload()
        await expect(message.locator(".delivery .badge")).to_have_text(words[locale == "zh"])
        await expect(message.locator("form.decide")).to_have_count(int(one == "unknown"))
    why = "手机关机或不在服务区" if locale == "zh" else "the phone is off or out of reach"
    await expect(message).to_contain_text(why)


async def test_a_late_decision_is_refused(open_page: OpenPage) -> None:
    number = await message_of_unknown_outcome()
    page = await open_page(f"/tickets/{number}", javascript=False)
    await fetch("UPDATE outbox SET state = 'delivered' WHERE purpose = 'reply'")
    await page.get_by_role("button", name="It arrived").click()
    await expect(page.locator("main")).to_contain_text(
        "The outcome of this message is known by now"
    )


async def test_a_forged_path_back_is_ignored(open_page: OpenPage) -> None:
    await message_of_unknown_outcome()
    page = await open_page("/dashboard", javascript=True)
    await page.evaluate("document.querySelector('[name=back]').value = '//evil.example'")
    await page.get_by_role("button", name="It arrived").click()
    await expect(page).to_have_url(page.url.split("/dashboard")[0] + "/dashboard#outbox")


async def test_it_fits_a_phone(open_page: OpenPage) -> None:
    number = await message_of_unknown_outcome()
    for path in ("/dashboard", f"/tickets/{number}"):
        page = await open_page(path, locale="zh", size=PHONE)
        assert await no_sideways_scroll(page)
