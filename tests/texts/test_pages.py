import re

import pytest
from httpx import AsyncClient
from playwright.async_api import expect

from service_desk.database import fetch_value
from service_desk.texts.customer_texts import TEXTS, render_text
from tests.browsing import PHONE, OpenPage, no_sideways_scroll, sign_in

TEXT = "/settings/texts/joined"


async def test_a_supervisor_edits_a_text_seeing_what_is_sent(open_page: OpenPage) -> None:
    page = await open_page("/settings/texts", role="supervisor")
    await page.get_by_role("link", name="Added to an open ticket", exact=True).click()
    await expect(page.locator("#preview-en .bubble")).to_have_text(
        re.compile(r"Added to your ticket \d+\.")
    )
    await expect(page.locator("#preview-en")).to_contain_text("GSM-7")
    await expect(page.locator("#preview-zh")).to_contain_text("UCS-2")
    await page.fill("#f-en", "Noted on {number} → thanks")
    await expect(page.locator("#preview-en")).to_contain_text("UCS-2")
    await expect(page.locator("#preview-en")).to_contain_text("1 SMS segment")
    await page.fill("#f-en", "Noted on {nmuber}")
    await expect(page.locator("#preview-en .error")).to_contain_text("{nmuber} cannot be used here")
    await page.fill("#f-en", "Noted on {number}. " + "x" * 150)
    await expect(page.locator("#preview-en")).to_contain_text("2 SMS segments")
    await page.fill("#f-en", "Noted on {number}.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved")
    assert render_text("joined", "en", number="42") == "Noted on 42."
    await expect(page.get_by_role("cell", name="Supervisor")).to_be_visible()
    await page.click("#reset-en")
    await expect(page.locator("#f-en")).to_have_value(TEXTS["joined"].en)
    assert render_text("joined", "en", number="42") == TEXTS["joined"].en.format(number="42")


async def test_a_rejected_edit_stays_as_typed_without_javascript(open_page: OpenPage) -> None:
    page = await open_page(TEXT, role="supervisor", locale="zh", javascript=False)
    await page.fill("#f-zh", "已补充。")
    await page.get_by_role("button", name="预览").click()
    await expect(page.locator("#preview-zh .error")).to_have_text("文本中必须包含 {number}。")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator("#preview-zh .error")).to_have_text("文本中必须包含 {number}。")
    await expect(page.locator("#f-zh")).to_have_value("已补充。")
    assert await fetch_value("SELECT count(*) FROM text_version") == 0


async def test_an_edit_over_a_newer_one_is_a_conflict(open_page: OpenPage) -> None:
    first = await open_page(TEXT, role="supervisor")
    second = await open_page(TEXT, role="supervisor")
    await first.fill("#f-en", "First {number}")
    await first.get_by_role("button", name="Save").click()
    await expect(first.get_by_role("status")).to_contain_text("Saved")
    await second.fill("#f-en", "Second {number}")
    await second.get_by_role("button", name="Save").click()
    said = second.get_by_role("alert")
    await expect(said).to_contain_text("in another window, set Text to “First {number}”")
    await expect(second.locator("#f-en")).to_have_value("Second {number}")
    assert render_text("joined", "en", number=1) == "First 1"


async def test_html_in_a_text_is_text(open_page: OpenPage) -> None:
    page = await open_page(TEXT, role="supervisor")
    await page.fill("#f-en", "<b>{number}</b> & <script>x</script>")
    await expect(page.locator("#preview-en .bubble")).to_contain_text("</b> & <script>")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("td.text-body").first).to_contain_text("<script>x</script>")


@pytest.mark.parametrize("path", ["/settings/texts", TEXT, "/settings/texts/acknowledgement"])
async def test_it_fits_a_phone(open_page: OpenPage, path: str) -> None:
    page = await open_page(path, role="supervisor", locale="zh", size=PHONE)
    assert await no_sideways_scroll(page)


async def test_only_supervisors(client: AsyncClient) -> None:
    await sign_in(client, "agent")
    for path in ("/settings/texts", TEXT):
        assert "needs the role" in (await client.get(path)).text


async def test_an_unknown_text_is_not_found(client: AsyncClient) -> None:
    await sign_in(client, "supervisor")
    assert "There is no text called nothing" in (await client.get("/settings/texts/nothing")).text


async def test_optional_placeholders_are_listed(open_page: OpenPage) -> None:
    page = await open_page("/settings/texts/rating_only", role="supervisor", locale="zh")
    await expect(page.locator("#edit")).to_contain_text("也可以使用： {resolution}")
    await page.fill("#f-zh", "工单 {number}：{resolution} 请评1至5分 {link}")
    await expect(page.locator("#preview-zh .bubble")).to_contain_text("已更换排水泵。")
    page = await open_page(TEXT, role="supervisor")
    await expect(page.locator("#edit")).not_to_contain_text("Optional placeholders")
