"""Assets on their customer's page, in a real browser."""

from datetime import timedelta

from playwright.async_api import expect

from service_desk import wall_clock
from service_desk.assets.operations import create_asset
from service_desk.assets.queries import desk_date
from service_desk.assets.schemas import NewAsset
from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from service_desk.database import fetch_value
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import NOW, make_staff


async def test_an_asset_is_added_and_corrected(open_page: OpenPage) -> None:
    today = desk_date(wall_clock.now())
    customer = await create_customer(CustomerInput("Li Wei", "+8613800138000"), NOW)
    page = await open_page(f"/customers/{customer}", role="supervisor", size=PHONE)
    section = page.locator("#assets")
    await expect(section).to_contain_text("No assets.")
    await section.get_by_text("Add an asset").click()
    form = section.locator("#new-asset form")
    await form.get_by_label("Product").fill("Haina KFR-35GW")
    await form.get_by_label("Serial number").fill("sn-7788")
    await form.get_by_label("Installed on").fill(str(today - timedelta(days=3)))
    await form.get_by_label("Accepted on").fill(str(today - timedelta(days=4)))
    await form.get_by_role("button").click()
    await expect(section.get_by_role("alert")).to_contain_text("acceptance cannot precede")
    await expect(form.get_by_label("Serial number")).to_have_value("sn-7788")
    await form.get_by_label("Accepted on").fill("")
    await form.get_by_role("button").click()
    await expect(section).to_contain_text("In warranty until")
    await expect(section).to_contain_text("12 months from acceptance")
    assert await no_sideways_scroll(page)

    await section.get_by_text("Correct").click()
    form = section.locator(".asset form")
    await form.get_by_label("Months of warranty").fill("1")
    await form.get_by_label("Installed on").fill(str(today - timedelta(days=60)))
    await form.get_by_role("button", name="Save").click()
    await expect(section).to_contain_text("Out of warranty since")
    await expect(section).to_contain_text("1 month from acceptance")
    await section.get_by_text("Correct").click()
    await section.get_by_role("link", name="New ticket").click()
    await expect(page.locator("#asset")).to_contain_text("Out of warranty since")
    await expect(page.get_by_label("Product")).to_have_value("Haina KFR-35GW")


async def test_agents_cannot_set_the_warranty_length(open_page: OpenPage) -> None:
    customer = await create_customer(CustomerInput("李伟", "+8613800138000"), NOW)
    await make_staff("agent")
    await create_asset(NewAsset("A1", "热水器", customer, warranty_months=36), NOW)
    page = await open_page(f"/customers/{customer}", locale="zh")
    section = page.locator("#assets")
    await expect(section).to_contain_text("质保情况不明")
    await section.get_by_text("更正").click()
    await expect(section.get_by_label("质保月数")).to_have_count(0)
    await section.locator(".asset").get_by_label("验收日期").fill("2026-01-31")
    await section.get_by_role("button", name="保存").click()
    await expect(section).to_contain_text("保修期至 2029年1月31日")
    token = await page.locator("[name=_csrf_token]").first.input_value()
    refused = await page.request.post(
        "/assets/1", form={"warranty_months": "240", "_csrf_token": token}
    )
    assert refused.status == 403
    assert await fetch_value("SELECT warranty_months FROM asset") == 36
    gone = await page.request.post("/assets/99", form={"_csrf_token": token})
    assert gone.status == 404
