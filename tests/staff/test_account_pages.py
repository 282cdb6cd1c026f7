"""/settings/staff: for administrators only; changes take effect at once."""

import pytest
from playwright.async_api import ViewportSize, expect

from service_desk.database import fetch_value
from tests.browsing import PHONE, WIDE, OpenPage, no_sideways_scroll
from tests.factories import make_staff
from tests.profiles import in_depth


async def test_an_admin_changes_a_role_deactivates_and_activates(open_page: OpenPage) -> None:
    page = await open_page("/settings", role="admin")
    await make_staff("agent", "lin@desk.test", name="Lin")
    await page.get_by_role("link", name="Roles and access").click()
    row = page.get_by_role("row").filter(has_text="lin@desk.test")
    await row.get_by_label("Role").select_option("supervisor")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await row.get_by_role("button", name="Change").click()
    await expect(row.get_by_label("Role")).to_have_value("supervisor")
    role = "SELECT role FROM staff WHERE email = 'lin@desk.test'"
    assert await fetch_value(role) == "supervisor"
    await row.get_by_role("button", name="Deactivate").click()
    await expect(row).to_contain_text("Deactivated")
    await row.get_by_role("button", name="Activate").click()
    await expect(row).not_to_contain_text("Deactivated")
    await no_sideways_scroll(page)


async def test_the_only_admin_cannot_be_deactivated(open_page: OpenPage) -> None:
    page = await open_page("/settings/staff", role="admin", locale="zh")
    await expect(page.get_by_role("button", name="更改角色")).to_have_count(1)
    await page.get_by_role("button", name="停用").click()
    await expect(page.get_by_role("alert")).to_contain_text("这是唯一的管理员")


async def test_supervisors_have_no_access(open_page: OpenPage) -> None:
    page = await open_page("/settings", role="supervisor")
    await expect(page.get_by_role("link", name="Roles and access")).to_have_count(0)
    answer = await page.request.get("/settings/staff")
    assert answer.status == 403


@pytest.mark.nightly
@pytest.mark.parametrize("size", in_depth([WIDE, PHONE], [PHONE]))
async def test_roles_are_readable_and_fit_on_one_line(
    open_page: OpenPage, size: ViewportSize
) -> None:
    page = await open_page("/settings/staff", role="admin", size=size)
    select = await page.get_by_label("Role").bounding_box()
    button = await page.get_by_role("button", name="Change role").bounding_box()
    assert select
    assert button
    assert select["width"] >= 130
    assert abs(select["y"] + select["height"] / 2 - button["y"] - button["height"] / 2) < 2
    assert await no_sideways_scroll(page)


@pytest.mark.parametrize("path", ["/customers", "/suppliers"])
async def test_a_search_fits_on_one_line_where_there_is_room(
    open_page: OpenPage, path: str
) -> None:
    page = await open_page(path, role="supervisor")
    field = await page.locator(".search input").first.bounding_box()
    button = await page.locator(".search button").bounding_box()
    assert field
    assert button
    assert abs(field["y"] - button["y"]) < 4
