"""The ticket page in a real browser: reading, replying, actions, errors."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from playwright.async_api import Page, expect

from service_desk import wall_clock
from service_desk.contacts.finding import NewCustomer
from service_desk.database import fetch, fetch_value
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import SupplierInput
from service_desk.tickets.conversation import receive_message
from service_desk.tickets.progress import close, record_plan
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll, sign_in
from tests.factories import NOW, make_staff, make_ticket, resolve
from tests.profiles import in_depth

DOUBLE_CLICK = """button => {
    const sent = [];
    addEventListener("submit", event => sent.push(!event.defaultPrevented));
    button.click();
    button.click();
    return sent;
}"""


async def open_ticket_page(open_page: OpenPage, **how: Any) -> tuple[Page, str]:
    ticket = await make_ticket(at=wall_clock.now() - timedelta(minutes=5))
    return await open_page(f"/tickets/{ticket.number}", **how), ticket.number


async def unfold(page: Page, verb: str) -> None:
    await page.locator(f"details#{verb} > summary").click()


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [True]))
async def test_reply_note_and_call(open_page: OpenPage, javascript: bool):
    page, _ = await open_ticket_page(open_page, javascript=javascript)
    await expect(page.locator("#clocks")).to_contain_text("Response")
    await page.locator("#f-body").fill("An engineer\ncomes at three.")
    await page.get_by_role("button", name="Send").click()
    reply = page.locator(".message.out")
    await expect(reply).to_contain_text("comes at three.")
    await expect(reply.locator(".delivery")).to_have_text("Queued")
    await expect(page.locator("#clocks li").first).to_contain_text("Met")

    await page.get_by_role("radio", name="Note").check()
    await page.locator("#f-body").fill("Third time with this model.")
    await page.get_by_role("button", name="Add note").click()
    await expect(page.locator(".message.note")).to_contain_text("for staff only")

    await page.get_by_label("Log a call").check()
    await page.locator("#f-body").fill("Nobody answered.")
    await page.get_by_label("The customer answered").uncheck()
    await page.get_by_role("button", name="Log the call").click()
    await expect(page.locator("#history")).to_contain_text("Call logged: no answer")
    sent = await fetch("SELECT channel, recipient, body FROM outbox WHERE purpose = 'reply'")
    assert [tuple(row) for row in sent] == [
        ("sms", "+8613800138000", "An engineer\ncomes at three.")
    ]


async def test_a_double_click_sends_once(open_page: OpenPage):
    page, _ = await open_ticket_page(open_page)
    await page.locator("#f-body").fill("An engineer comes at three.")
    send = page.get_by_role("button", name="Send")
    assert await send.evaluate(DOUBLE_CLICK) == [True, False]
    await expect(page.locator(".message.out")).to_have_count(1)
    await page.reload()
    await expect(page.locator(".message.out")).to_have_count(1)


async def test_segments_are_counted_while_typing(open_page: OpenPage):
    page, _ = await open_ticket_page(open_page)
    await page.locator("#f-body").press_sequentially("Hello")
    await expect(page.locator("#segments")).to_have_text("GSM-7 · 5 characters · 1 SMS segment")
    await page.locator("#f-body").fill("好" * 71)
    await expect(page.locator("#segments")).to_have_text("UCS-2 · 71 characters · 2 SMS segments")


async def test_the_customer_writes_while_an_agent_types(open_page: OpenPage):
    page, number = await open_ticket_page(open_page)
    await expect(page.locator("section[data-live=open]")).to_have_count(1)
    await page.locator("#f-body").fill("Half a sent")
    await receive_message(number, "It smells as well", channel="sms", now=wall_clock.now())
    await expect(page.locator("#conversation")).to_contain_text("It smells as well")
    assert await page.locator("#f-body").input_value() == "Half a sent"


async def test_a_draft_survives_another_form_of_the_page(open_page: OpenPage):
    page, _ = await open_ticket_page(open_page)
    await page.locator("#f-body").fill("Half a sent")
    await page.get_by_role("button", name="Assign to me").click()
    await expect(page.locator("#ticket-head")).to_contain_text("Assignee: Agent")
    assert await page.locator("#f-body").input_value() == "Half a sent"
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.out")).to_contain_text("Half a sent")
    assert await page.locator("#f-body").input_value() == ""


async def test_a_plan_with_options(open_page: OpenPage):
    page, _ = await open_ticket_page(open_page, javascript=False)
    await unfold(page, "handling-plan")
    form = page.locator("details#handling-plan form")
    await form.get_by_label("What is wrong").fill("Worn belt")
    await form.get_by_label("What will be done").fill("Replace it")
    await form.locator("[name=option1]").fill("Repair")
    await form.locator("[name=option3]").fill("Refund")
    await form.locator("[name=chosen][value='3']").check()
    await form.get_by_role("button").click()
    plan = page.locator(".plan")
    await expect(plan).to_contain_text("Worn belt")
    await expect(plan.locator(".options li").nth(1)).to_have_text("Refund Chosen")
    await expect(page.locator("#clocks li", has_text="Handling")).to_contain_text("Met")
    recorded = await fetch_value("SELECT data FROM ticket_event WHERE type = 'plan.recorded'")
    assert recorded["options"] == ["Repair", "Refund"]
    assert recorded["chosen"] == 1


async def test_wait_and_resume(open_page: OpenPage):
    page, _ = await open_ticket_page(open_page)
    await unfold(page, "wait")
    await page.locator("details#wait textarea").fill("Which colour?")
    await page.locator("details#wait button").click()
    await expect(page.locator("#ticket-head .badge").first).to_have_text("Waiting for customer")
    await expect(page.locator("#clocks li", has_text="Resolution")).to_contain_text("Paused")
    await expect(page.locator("#history")).to_contain_text("Waiting for customer: Which colour?")
    await page.get_by_role("button", name="No longer waiting").click()
    await expect(page.locator("#ticket-head .badge").first).to_have_text("In progress")


async def test_promise_refer_assign_classify(open_page: OpenPage):
    await make_staff("supervisor", name="Mei Chen")
    page, _ = await open_ticket_page(open_page)
    await unfold(page, "promise")
    await page.locator("details#promise select").select_option("30")
    await page.locator("details#promise button").click()
    await expect(page.locator("#clocks li", has_text="Promise")).to_contain_text("29 min")

    await unfold(page, "refer")
    await page.locator("details#refer textarea").fill("May we refund?")
    await page.locator("details#refer button").click()
    await expect(page.locator("#history")).to_contain_text(
        "Referred to the supervisors: May we refund?"
    )
    await unfold(page, "assign")
    await page.locator("details#assign select").select_option("supervisor@desk.test")
    await page.locator("details#assign button").click()
    await expect(page.locator("#ticket-head")).to_contain_text("Mei Chen")

    await create_supplier(SupplierInput("Meiquan"), NOW)
    await unfold(page, "classify")
    form = page.locator("details#classify form")
    await form.get_by_label("Severity").select_option("high")
    await form.get_by_label("Cause").select_option("supplier_quality")
    await form.get_by_label("Supplier", exact=True).fill("Meicuan")
    await form.get_by_role("button").click()
    await expect(page.locator(".notice.bad")).to_contain_text("no supplier called Meicuan")
    await form.get_by_label("Supplier", exact=True).fill("meiquan")
    await form.get_by_role("button").click()
    await expect(page.locator("#rank")).to_contain_text("Severity: High")
    await expect(page.locator("#history")).to_contain_text(
        "cause from Not known yet to Supplier's quality"
    )
    await expect(page.locator("#history")).to_contain_text("supplier from – to Meiquan")


async def test_resolve_close_and_reopen(open_page: OpenPage):
    page, _ = await open_ticket_page(open_page)
    await unfold(page, "resolve")
    await page.locator("details#resolve textarea").fill("A new belt")
    await page.select_option("#resolve-category", "product.noise")
    await page.locator("details#resolve button").click()
    await expect(page.locator("details#resolve [role=alert]")).to_contain_text("say why in a word")
    await page.fill("#resolve-cause_note", "The part is lost")
    await page.locator("details#resolve button").click()
    await expect(page.locator("#ticket-head .badge").first).to_have_text("Resolved")
    await expect(page.locator("#rank")).to_contain_text("Not in the queue: it is Resolved.")
    await expect(page.locator(".message.automatic")).to_contain_text("is solved")
    await expect(page.locator("#history")).to_contain_text(
        "Resolved: A new belt; cause unknown: The part is lost"
    )
    await expect(page.locator(".message.automatic")).to_contain_text("A new belt")
    await unfold(page, "close")
    await page.locator("details#close button").click()
    await expect(page.locator("#ticket-head .badge").first).to_have_text("Closed")
    await unfold(page, "reopen")
    await page.locator("details#reopen textarea").fill("It broke again")
    await page.locator("details#reopen button").click()
    await expect(page.locator("#history")).to_contain_text("Reopened: It broke again")


LOST = [
    ("en", "The ticket is Closed; it cannot become Resolved.", "Closed"),
    ("zh", "工单当前为“已关闭”，不能变为“已解决”。可以变为：处理中。", "已关闭"),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("locale", "message", "state"), in_depth(LOST, LOST[1:]))
async def test_a_move_lost_to_somebody_else(
    open_page: OpenPage, locale: str, message: str, state: str
):
    """Refused with 409, and the message is shown."""
    page, number = await open_ticket_page(open_page, locale=locale)
    await unfold(page, "resolve")
    await page.locator("details#resolve textarea").fill("A new belt")
    await close(number, staff_id=1, now=wall_clock.now())
    async with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        await page.locator("details#resolve button").click()
    assert (await refused.value).status == 409
    await expect(page.locator(".notice.bad")).to_contain_text(message)
    await expect(page.locator("#ticket-head .badge").first).to_have_text(state)


async def test_a_rejected_form_keeps_its_input(open_page: OpenPage):
    page, _ = await open_ticket_page(open_page)
    await unfold(page, "handling-plan")
    form = page.locator("details#handling-plan form")
    await form.get_by_label("What is wrong").fill("Worn belt")
    await form.get_by_label("What will be done").fill("Replace it")
    await form.locator("[name=option1]").fill("Repair")
    await form.locator("[name=chosen][value='2']").check()
    await form.get_by_role("button").click()
    form = page.locator("details#handling-plan form")
    await expect(form.get_by_role("alert")).to_have_text(
        "The chosen option is not one of those offered."
    )
    assert await form.get_by_label("What is wrong").input_value() == "Worn belt"
    assert await form.locator("[name=option1]").input_value() == "Repair"


async def test_customer_input_is_escaped(open_page: OpenPage):
    nasty = "<script>document.title='taken'</script><b>bold</b> \u202ereversed {{ 7*7 }}"
    ticket = await make_ticket(nasty, at=wall_clock.now(), customer=NewCustomer(name=nasty[:60]))
    page = await open_page(f"/tickets/{ticket.number}")
    assert await page.title() != "taken"
    await expect(page.locator(".message .body")).to_contain_text("<b>bold</b>")
    await page.goto("/queue")
    await expect(page.locator("tbody")).to_contain_text("<script>")


async def test_a_resolved_ticket_in_chinese_on_a_phone(open_page: OpenPage):
    ticket = await make_ticket("洗衣机不脱水", at=wall_clock.now())
    staff = await make_staff("agent", name="林晓", locale="zh")
    await record_plan(
        ticket.number, diagnosis="皮带", plan="更换", options=["维修", "退款"], chosen=0,
        staff_id=staff, now=wall_clock.now(),
    )  # fmt: skip
    await resolve(
        ticket.number, "已更换皮带", "supplier_quality", staff_id=staff, now=wall_clock.now()
    )
    page = await open_page(f"/tickets/{ticket.number}", locale="zh", size=PHONE_SIZE)
    await expect(page.locator("#ticket-head .badge").first).to_have_text("已解决")
    await expect(page.locator("#history")).to_contain_text("已解决：已更换皮带")
    await expect(page.locator("#history")).to_contain_text("“处理方案”按时完成")
    assert await no_sideways_scroll(page)


async def test_an_unknown_ticket_is_a_page(client: AsyncClient):
    await sign_in(client, locale="zh")
    assert "没有工单 999999" in (await client.get("/tickets/999999")).text


async def test_forms_without_the_token_are_refused(client: AsyncClient):
    ticket = await make_ticket()
    answer = await client.post(f"/tickets/{ticket.number}/close")
    assert answer.status_code == 403
    assert await fetch_value("SELECT state FROM ticket") == "new"
