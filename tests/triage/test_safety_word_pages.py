"""/settings/safety-words in a real browser."""

from playwright.async_api import expect

from tests.browsing import PHONE, OpenPage, no_sideways_scroll


async def test_a_supervisor_adds_tests_and_removes_words(open_page: OpenPage) -> None:
    page = await open_page("/settings", role="supervisor")
    await page.get_by_role("link", name="Safety words").click()
    await page.get_by_label("One word or phrase per line").fill("hissing\nrotten eggs")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_label("Message").fill("It smells of Rotten  Eggs")
    await page.get_by_role("button", name="Try").click()
    await expect(page.locator("#try [role=status]")).to_contain_text("rotten eggs")
    await page.get_by_role("button", name="Remove rotten eggs").click()
    await expect(page.get_by_role("button", name="Remove rotten eggs")).to_have_count(0)
    await expect(page.get_by_role("button", name="Remove hissing")).to_have_count(1)


async def test_invalid_input_stays_in_the_form(open_page: OpenPage) -> None:
    page = await open_page("/settings/safety-words", role="supervisor", locale="zh", size=PHONE)
    await page.get_by_label("每行一个词或短语").fill("ok")
    await page.get_by_role("button", name="添加", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("不能作为安全词")
    await expect(page.get_by_label("每行一个词或短语")).to_have_value("ok")
    assert await no_sideways_scroll(page)


async def test_agents_have_no_access(open_page: OpenPage) -> None:
    page = await open_page("/queue")
    assert (await page.request.get("/settings/safety-words")).status == 403
