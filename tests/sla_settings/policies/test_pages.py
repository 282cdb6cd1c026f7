"""Policies on the settings pages, in a real browser: edited, previewed, saved."""

import pytest
from httpx import AsyncClient
from msgspec.structs import replace
from playwright.async_api import Page, expect

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.sla_settings.editing import save_calendar, save_policy
from service_desk.sla_settings.rollout import roll_out_terms
from tests.browsing import PHONE, WIDE, OpenPage, no_sideways_scroll, sign_in
from tests.factories import make_staff, make_ticket
from tests.profiles import in_depth
from tests.sla_settings.edits import Edit


async def preview(page: Page) -> None:
    await page.locator("form.terms button.primary").click()


async def versions(name: str) -> list[int]:
    rows = await fetch("SELECT version FROM policy_version WHERE name = $1 ORDER BY 1", name)
    return [row["version"] for row in rows]


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [True]))
async def test_edited_previewed_and_applied(open_page: OpenPage, javascript: bool) -> None:
    number = (await make_ticket(at=wall_clock.now())).number
    page = await open_page("/settings", role="supervisor", javascript=javascript)
    await page.get_by_role("link", name="standard").click()
    await page.locator("[name='hours.resolution']").fill("24")
    await page.locator("[name='percent4']").fill("90")
    await page.locator("[name='recipients4'][value=supervisor]").check()
    await page.get_by_label("while waiting for parts").check()
    await preview(page)
    changes = page.locator(".changes")
    await expect(changes).to_contain_text("48 h → 24 h")
    await expect(changes).to_contain_text("Alert at 90 %")
    effect = page.locator("#effect")
    await expect(effect).to_contain_text("This would change the due time of 1 open ticket (of 1)")
    await expect(effect.locator(".moved li")).to_contain_text(number)
    assert await versions("standard") == [1]  # nothing is written

    await page.get_by_role("button", name="Back to editing").click()
    assert await page.locator("[name='hours.resolution']").input_value() == "24"
    await page.locator("[name='hours.resolution']").fill("12")
    await preview(page)
    await page.get_by_role("button", name="Save, and apply to open tickets too").click()
    await expect(page.locator(".notice.good")).to_have_text("standard is saved.")
    await expect(page.locator("#rollouts")).to_contain_text("0 of 1 open tickets processed")
    await roll_out_terms(wall_clock.now())
    if not javascript:
        await page.reload()
    await expect(page.locator("#rollouts")).to_contain_text("standard · version 2")
    await expect(page.locator("#rollouts")).to_contain_text("1 ticket has new terms")
    due = "SELECT due_at - started_at FROM clock WHERE name = 'resolution'"
    assert (await fetch_value(due)).total_seconds() == 12 * 3600
    body = await fetch_value("SELECT body FROM policy_version WHERE version = 2")
    assert body["levels"] == [50, 80, 90, 100, 150]
    assert body["recipients"]["90"] == ["supervisor"]

    await page.get_by_role("link", name="standard").click()
    history = page.locator(".versions > li")
    await expect(history).to_have_count(2)
    await expect(history.first).to_contain_text("Version 2 in force")
    await expect(history.first).to_contain_text("Supervisor")
    await expect(history.first).to_contain_text("48 h → 12 h")


async def test_tickets_under_earlier_versions_are_listed(open_page: OpenPage) -> None:
    """An edit for new tickets only reaches open tickets with the next edit that applies to them."""
    boss = await make_staff("supervisor")
    by = Edit(staff_id=boss, now=wall_clock.now(), apply_to_open=False)
    office = Calendar(week={day: [("09:00", "10:00")] for day in ("mon", "wed", "fri")})
    await save_calendar("office", office, **by)
    standard = SHIPPED_POLICIES[-1]
    await save_policy(replace(standard, calendar="office"), **by)
    old = [
        (await make_ticket(at=wall_clock.now(), phone=f"+861380013800{n}")).number for n in (1, 2)
    ]
    await save_policy(standard, **by)
    await make_ticket(at=wall_clock.now(), phone="+8613800138003")
    edits = [
        ("en", WIDE, "2 open tickets are still under version 2. For them this would change:",
         "Working hours office → around the clock"),
        ("zh", PHONE, "2 个未完成工单仍按第 2 版执行，对它们将有以下变化：",
         "工作时间 office → 全天候"),
    ]  # fmt: skip
    for locale, size, message, moved in edits:
        page = await open_page(
            "/settings/policy?name=standard", role="supervisor", locale=locale, size=size
        )
        await page.locator("[name='hours.response']").fill("3")
        await preview(page)
        await expect(page.locator(".changes").first.locator("> div")).to_have_count(1)
        under = page.locator("#effect .under")
        await expect(under).to_have_count(1)
        await expect(under.locator("p")).to_have_text(message)
        differing = under.locator(".changes > div")
        await expect(differing).to_have_count(2)
        assert moved in " ".join((await under.locator(".changes").inner_text()).split())
        await expect(page.locator("#effect .moved")).to_contain_text(old[0])
        assert await no_sideways_scroll(page)


async def test_tickets_under_other_policies_are_listed(open_page: OpenPage) -> None:
    await make_ticket(at=wall_clock.now())
    page = await open_page("/settings/policy", role="supervisor")
    await page.get_by_label("Name").fill("vip")
    await page.locator("[name='hours.response']").fill("1")
    await preview(page)
    under = page.locator("#effect .under")
    await expect(under.locator("p")).to_have_text(
        "1 open ticket is under standard, version 1. For it this would change:"
    )
    await expect(under.locator(".changes")).to_contain_text("2 h → 1 h")
    await page.get_by_role("button", name="Save, and apply to open tickets too").click()
    await roll_out_terms(wall_clock.now())
    await page.goto("/settings/policy?name=vip")
    await page.locator("[name=tiers][value=A]").check()
    await preview(page)
    await expect(under.locator("p")).to_have_text(
        "1 open ticket would move from vip, version 1, to standard, version 1:"
    )
    await expect(under.locator(".changes")).to_contain_text("1 h → 2 h")


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [False]))
async def test_for_new_tickets_only(open_page: OpenPage, javascript: bool) -> None:
    await make_ticket(at=wall_clock.now())
    page = await open_page(
        "/settings/policy?name=standard", role="supervisor", locale="zh", javascript=javascript
    )
    await page.locator("[name='minutes.response']").fill("30")
    await preview(page)
    await expect(page.locator("#effect")).to_contain_text("将改变 1 个未完成工单的到期时间")
    await page.get_by_role("button", name="保存，仅用于新工单").click()
    await expect(page.locator(".notice.good")).to_have_text("“标准”已保存。")
    await expect(page.locator("#rollouts")).to_have_count(0)
    await expect(page.locator("#policies tr", has_text="标准")).to_contain_text("2小时30分")


async def test_errors_are_shown_at_the_field_until_it_is_corrected(open_page: OpenPage) -> None:
    page = await open_page(
        "/settings/policy?name=safety", role="supervisor", locale="zh", size=PHONE
    )
    for name, typed, message in (
        ("hours.response", "soon", "未保存。 首次响应: 小时和分钟请填写数字"),
        ("hours.handling", "9000", "处理方案: 目标时长应在 1 秒到 366 天之间"),
        ("percent2", "99", "提醒: 必须包含 100：达到即为超时"),
        ("percent1", "50", "提醒: 50% 重复了"),
        ("quiet_from", "22:00", "免打扰时段: “”不是时刻"),
    ):
        field = page.locator(f"[name='{name}']")
        before = await field.input_value()
        await field.fill(typed)
        await preview(page)
        notice = page.get_by_role("alert")
        await expect(notice).to_contain_text(message)
        sentence = (await notice.inner_text()).partition(": ")[2].strip()
        await expect(page.locator(".error")).to_have_text(sentence)
        assert await field.input_value() == typed
        assert await no_sideways_scroll(page)
        await field.fill(before)
    assert await versions("safety") == [1]


async def test_a_new_policy_is_moved_and_retired(open_page: OpenPage) -> None:
    await fetch(
        "INSERT INTO supplier (name, created_at) VALUES ('Meiquan <b>', now()), ('Acme', now())"
    )
    page = await open_page("/settings", role="supervisor")
    await page.get_by_role("link", name="Add a policy").click()
    await page.get_by_label("Name").fill("vip")
    await page.locator("[name='hours.response']").fill("1")
    await page.get_by_label("Meiquan <b>").check()
    await page.locator("[name=tiers][value=A]").check()
    await preview(page)
    await expect(page.locator(".changes")).to_contain_text("Meiquan <b>")
    await expect(page.locator("#effect")).to_contain_text("no open ticket's due time")
    await page.get_by_role("button", name="Save for new tickets only").click()
    rows = page.locator("#policies tbody tr")
    await expect(rows.first).to_contain_text("vip")
    await expect(rows.first).to_contain_text("Tier A · Meiquan <b>")
    await page.get_by_role("button", name="Move vip down").click()
    await expect(page.locator("#effect")).to_contain_text("vip would be tried after safety.")
    await expect(page.locator("#effect")).to_contain_text("no open ticket's due time")
    await page.get_by_role("button", name="Move for new tickets only").click()
    await expect(rows.nth(1)).to_contain_text("vip")
    await page.locator("#moves summary").click()
    await expect(page.locator("#moves li")).to_contain_text("vip was moved after safety.")
    await expect(page.locator("#moves li")).to_contain_text("Supervisor")
    await rows.nth(1).get_by_role("link", name="Retire").click()
    await page.get_by_role("button", name="Retire for new tickets only").click()
    await expect(rows).to_have_count(3)
    await page.goto("/settings/policy?name=vip")
    await expect(page.locator("h1")).to_contain_text("retired")
    await expect(page.locator("#moves li")).to_contain_text("vip was moved after safety.")


async def test_names_of_shipped_policies_are_translated(open_page: OpenPage) -> None:
    boss = await make_staff("supervisor")
    by = Edit(staff_id=boss, now=wall_clock.now(), apply_to_open=True)
    faster = Policy("standard, faster", {"response": 600}, Match(tiers=("A",)))
    await save_policy(faster, **by)
    number = (await make_ticket(at=wall_clock.now())).number
    page = await open_page("/settings", role="supervisor", locale="zh")
    names = page.locator("#policies tbody strong")
    await expect(names).to_have_text(["standard, faster", "安全", "柜台退换货", "标准"])
    await page.get_by_role("button", name="上移“安全”").click()
    await expect(page.locator("#effect ol li")).to_have_text(
        ["安全", "standard, faster", "柜台退换货", "标准"]
    )
    for path in ("/settings/policy?name=standard", "/settings/policy/retire?name=safety"):
        await page.goto(path)
        name = "标准" if "standard" in path else "安全"
        await expect(page.locator("h1")).to_contain_text(name)
        await expect(page.locator(".crumbs")).to_contain_text(name)
    answer = await page.goto("/settings/policy/retire?name=standard")
    assert answer is not None
    assert answer.status == 400
    await expect(page.locator("main")).to_contain_text("标准")
    await page.goto(f"/tickets/{number}")
    await expect(page.locator("#history")).to_contain_text("服务时限策略：标准")
    page = await open_page("/settings", role="supervisor")
    await expect(page.locator("#policies tbody strong").nth(2)).to_have_text(
        "counter exchange/return"
    )


async def test_a_name_in_use(open_page: OpenPage) -> None:
    page = await open_page("/settings/policy", role="supervisor")
    await page.get_by_label("Name").fill("safety")
    await preview(page)
    await expect(page.get_by_role("alert")).to_contain_text("has saved version 1")


async def test_a_conflicting_edit_keeps_the_input(open_page: OpenPage) -> None:
    page = await open_page("/settings/policy?name=safety", role="supervisor")
    await page.locator("[name='minutes.response']").fill("20")
    await preview(page)
    other = await open_page("/settings/policy?name=safety", role="admin")
    await other.locator("[name='minutes.response']").fill("10")
    await preview(other)
    await other.get_by_role("button", name="Save for new tickets only").click()
    async with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        await page.get_by_role("button", name="Save for new tickets only").click()
    assert (await answer.value).status == 409
    await expect(page.get_by_role("alert")).to_contain_text("has saved version 2")
    assert await page.locator("[name='minutes.response']").input_value() == "20"
    assert await versions("safety") == [1, 2]


async def test_only_supervisors(client: AsyncClient) -> None:
    await make_staff("supervisor")
    await sign_in(client, "agent")
    assert "This needs the role Supervisor" in (await client.get("/settings")).text
    for path in ("/settings/policy", "/settings/policy?name=safety", "/settings/calendar"):
        assert (await client.get(path)).status_code == 403


async def test_forged_drafts_and_unknown_names_are_rejected(open_page: OpenPage) -> None:
    page = await open_page("/settings/policy?name=safety", role="supervisor")
    await preview(page)
    draft = page.locator("[name=draft]")
    await draft.evaluate("field => field.value = '{\"policy\": 1}'")
    async with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        await page.get_by_role("button", name="Save for new tickets only").click()
    assert (await answer.value).status == 400
    for path in (
        "/settings/policy?name=nothing",
        "/settings/policy/retire?name=nothing",
        "/settings/policy/move?name=nothing&to=up",
    ):
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 404
