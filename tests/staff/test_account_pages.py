"""/settings/staff: admins only; what is done there holds at once."""

from playwright.async_api import expect

from service_desk.database import fetch_value
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import make_staff


async def test_an_admin_changes_roles_and_sends_away(open_page: OpenPage) -> None:
    page = await open_page("/settings", role="admin")
    await make_staff("agent", "lin@desk.test", name="Lin")
    await page.get_by_role("link", name="Roles and access").click()
    row = page.get_by_role("row").filter(has_text="lin@desk.test")
    await row.get_by_label("Role").select_option("supervisor")
    await row.get_by_role("button", name="Change").click()
    await expect(row.get_by_label("Role")).to_have_value("supervisor")
    role = "SELECT role FROM staff WHERE email = 'lin@desk.test'"
    assert await fetch_value(role) == "supervisor"
    await row.get_by_role("button", name="Deactivate").click()
    await expect(row).to_contain_text("Deactivated")
    await row.get_by_role("button", name="Activate").click()
    await expect(row).not_to_contain_text("Deactivated")
    await no_sideways_scroll(page)


async def test_the_only_admin_stays(open_page: OpenPage) -> None:
    page = await open_page("/settings/staff", role="admin", locale="zh")
    await expect(page.get_by_role("button", name="更改角色")).to_have_count(1)
    await page.get_by_role("button", name="停用").click()
    await expect(page.get_by_role("alert")).to_contain_text("这是唯一的管理员")


async def test_supervisors_are_kept_out(open_page: OpenPage) -> None:
    page = await open_page("/settings", role="supervisor")
    await expect(page.get_by_role("link", name="Roles and access")).to_have_count(0)
    answer = await page.request.get("/settings/staff")
    assert answer.status == 403
