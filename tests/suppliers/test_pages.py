"""Pages of suppliers in a real browser."""

from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.suppliers.decisions import approve
from service_desk.suppliers.deposits import deposit_balance
from service_desk.suppliers.sweep import sweep_ladders
from service_desk.tickets.classification import Classification, classify
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import make_staff
from tests.suppliers.offending import SUPPLIER, make_offender, offend


async def supplier_to_decide_on(count: int = 3) -> tuple[int, list[str]]:
    """A supplier with a proposal to decide on, and the tickets behind it."""
    supplier = await make_offender()
    numbers = await offend(count, await make_staff(email="other@desk.test"), at=wall_clock.now())
    await sweep_ladders(wall_clock.now())
    return supplier, numbers


async def test_a_supervisor_approves_on_the_evidence(open_page: OpenPage) -> None:
    supplier, numbers = await supplier_to_decide_on()
    page = await open_page("/suppliers", role="supervisor")
    proposed = page.locator("#proposed article")
    await expect(proposed).to_contain_text("3 offences in the month; the limit is 2.")
    assert await proposed.locator(".evidence a").all_inner_texts() == numbers
    await proposed.get_by_label("Note").fill("Third month in a row")
    await proposed.get_by_role("button", name="Approve and notify").click()
    await expect(page).to_have_url(
        f"{page.url.split('/suppliers')[0]}/suppliers/{supplier}#action-1"
    )
    rung = page.locator("#action-1")
    await expect(rung).to_contain_text("Approved")
    await expect(rung).to_contain_text("Third month in a row")
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'supplier_notice'") == 1

    await rung.get_by_text("The supplier objects").click()
    await rung.get_by_label("Reason").fill("They were right")
    await rung.get_by_role("button", name="Overturn").click()
    await expect(rung).to_contain_text("Overturned")


async def test_rejecting_needs_only_the_other_button(open_page: OpenPage) -> None:
    await supplier_to_decide_on()
    page = await open_page("/suppliers/1", role="supervisor")
    await page.get_by_label("Note").fill("Agreed by phone")
    await page.get_by_role("button", name="Reject").click()
    await expect(page.locator("#action-1")).to_contain_text("Rejected")


async def test_a_concurrent_decision_is_shown(open_page: OpenPage) -> None:
    await supplier_to_decide_on()
    first = await open_page("/suppliers/1", role="supervisor")
    second = await open_page("/suppliers/1", role="supervisor", locale="zh")
    await second.get_by_role("button", name="驳回").click()
    await expect(second.locator("#action-1")).to_contain_text("已驳回")
    await first.get_by_role("button", name="Approve and notify").click()
    await expect(first.get_by_role("alert")).to_contain_text("已驳回")


async def test_the_deposit_is_paid_in(open_page: OpenPage) -> None:
    supplier = await make_offender()
    page = await open_page(f"/suppliers/{supplier}", role="supervisor")
    await page.get_by_label("Paid in").fill("a lot")
    await page.locator("#deposit").get_by_label("Reason").fill("Contract of 2026")
    await page.get_by_role("button", name="Record").click()
    await expect(page.get_by_role("alert")).to_contain_text("“a lot” is not an amount")
    await page.get_by_label("Paid in").fill("1,200.50")
    await page.get_by_role("button", name="Record").click()
    await expect(page.locator(".balance")).to_contain_text("1,200.50")
    assert (await deposit_balance(supplier)).balance == 120_050


async def test_a_deposit_submitted_twice_counts_once_and_is_undone(open_page: OpenPage) -> None:
    supplier = await make_offender()
    page = await open_page(f"/suppliers/{supplier}", role="supervisor")
    typed: dict[str, str | float | bool] = {"amount": "3,000", "reason": "Contract of 2026"}
    for name in ("_csrf_token", "nonce"):
        typed[name] = await page.locator(f"#deposit input[name={name}]").input_value()
    for _ in range(2):
        answer = await page.request.post(f"/suppliers/{supplier}/deposit", form=typed)
        assert answer.status == 200
    assert (await deposit_balance(supplier)).balance == 300_000

    await page.reload()
    await page.locator("#entry-1 summary").click()
    await page.locator("#entry-1").get_by_label("Reason").fill("   ")
    await page.get_by_role("button", name="Write the reversal").click()
    await expect(page.get_by_role("alert")).to_contain_text("Give a reason")
    await page.locator("#entry-1").get_by_label("Reason").fill("It was 300")
    await page.get_by_role("button", name="Write the reversal").click()
    await expect(page.locator("#entry-1")).to_contain_text("Undone")
    await expect(page.locator("#entry-2")).to_contain_text("It was 300")
    await expect(page.locator("#deposit summary")).to_have_count(0)
    assert (await deposit_balance(supplier)).balance == 0


async def test_a_supplier_is_added_and_edited(open_page: OpenPage) -> None:
    page = await open_page("/suppliers", role="supervisor", locale="zh")
    await page.get_by_text("新增供应商").click()
    form = page.locator("form.grid")
    await form.get_by_label("供应商名称").fill("   ")
    await form.get_by_role("button", name="添加供应商").click()
    await expect(page.get_by_role("alert")).to_contain_text("不能为空")
    await form.get_by_label("供应商名称").fill("华东电机")
    await form.get_by_label("电话").fill("12")
    await form.get_by_role("button", name="添加供应商").click()
    await expect(page.get_by_role("alert")).to_contain_text("不存在电话号码“12”")
    await form.get_by_label("电话").fill("139 0013 9000")
    await form.get_by_role("button", name="添加供应商").click()
    await expect(page.locator("h1")).to_contain_text("华东电机")
    await page.locator("#edit").get_by_label("邮件").fill("wang@example.com")
    await page.locator("#edit").get_by_label("电话").fill("")
    await page.get_by_role("button", name="保存").click()
    assert await fetch_value("SELECT email FROM supplier") == "wang@example.com"
    assert await fetch_value("SELECT phone FROM supplier") is None


async def test_agents_see_all_but_can_neither_decide_nor_edit(open_page: OpenPage) -> None:
    await supplier_to_decide_on()
    page = await open_page("/suppliers/1")
    await expect(page.locator("#edit")).to_contain_text("boss@pumps.test")
    await expect(page.locator("#edit input")).to_have_count(0)
    await expect(page.locator("#action-1")).to_contain_text("Verbal warning")
    await expect(page.get_by_role("button", name="Approve and notify")).to_have_count(0)
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    answer = await page.request.post("/supplier-actions/1/approve")
    assert answer.status == 403


async def test_an_unknown_action_is_not_found(open_page: OpenPage) -> None:
    page = await open_page("/suppliers", role="supervisor")
    token = await page.locator("input[name=_csrf_token]").first.input_value()
    answer = await page.request.post("/supplier-actions/99999/approve", form={"_csrf_token": token})
    assert answer.status == 404
    assert "99999" in await answer.text()


async def test_a_button_stays_on_one_line(open_page: OpenPage) -> None:
    await make_offender()
    page = await open_page("/suppliers/1")
    show = page.get_by_role("button", name="Show")
    await page.set_viewport_size({"width": 1280, "height": 800})
    assert await show.evaluate("button => button.offsetHeight") < 42


async def test_the_ledger_shows_the_name_of_the_rung(open_page: OpenPage) -> None:
    await supplier_to_decide_on(26)
    page = await open_page("/suppliers/1", role="supervisor")
    await expect(page.locator("#ladder")).to_contain_text("complaint fund; 26 so far.")
    fund = page.locator("#actions article").filter(has_text="offences in total")
    await fund.get_by_role("button", name="Approve and notify").click()
    await expect(page.locator("#deposit table")).to_contain_text("Complaint fund 20")
    await expect(page.locator("#deposit table")).not_to_contain_text("complaint_fund")


async def test_search_and_small_screens(open_page: OpenPage) -> None:
    await supplier_to_decide_on(7)
    page = await open_page("/suppliers?q=north", size=PHONE)
    await expect(page.locator("tbody tr")).to_contain_text(SUPPLIER)
    assert await no_sideways_scroll(page)
    await page.goto("/suppliers?q=nothing")
    await expect(page.get_by_text("No suppliers match.")).to_be_visible()
    await page.goto("/suppliers/1")
    assert await no_sideways_scroll(page)


async def test_a_flag_names_the_ticket(open_page: OpenPage) -> None:
    _, numbers = await supplier_to_decide_on()
    boss = await make_staff("supervisor", email="boss@desk.test")
    await approve(1, note="", staff_id=boss, now=wall_clock.now())
    unfounded = Classification(cause="unfounded")
    await classify(numbers[2], unfounded, staff_id=boss, now=wall_clock.now())
    await sweep_ladders(wall_clock.now())
    page = await open_page("/suppliers", role="supervisor", locale="zh")
    await expect(page.locator("#action-1 .flagged")).to_contain_text("已不再计入：")
    assert await page.locator("#action-1 .flagged a").all_inner_texts() == [numbers[2]]
