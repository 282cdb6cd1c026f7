"""/settings/safety-words."""

from httpx import AsyncClient
from playwright.async_api import expect

from service_desk.rules.words.safety_words import DANGERS_BY_KIND
from service_desk.triage.safety_word_pages import PATH
from tests.browsing import PHONE, OpenPage, no_sideways_scroll, press, sign_in


async def test_a_supervisor_adds_tests_and_removes_words(open_page: OpenPage) -> None:
    page = await open_page("/settings", role="supervisor")
    await page.get_by_role("link", name="Safety words").click()
    await page.get_by_label("One word or phrase per line").fill("drones\n(lever|knob) … droop*")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_label("Message").fill("The Lever is  drooping")
    await page.get_by_role("button", name="Try").click()
    await expect(page.locator("#try [role=status]")).to_contain_text(
        "“lever … drooping”, by (lever|knob) … droop*"
    )
    await page.get_by_role("button", name="Remove drones").click()
    await expect(page.get_by_role("button", name="Remove drones")).to_have_count(0)
    await expect(page.get_by_role("button", name="Remove (lever|knob) … droop*")).to_have_count(1)
    await page.get_by_role("link", name="Batteries (").click()
    await page.get_by_role("button", name="Remove bulging").click()
    await page.get_by_role("button", name="Restore bulging").click()
    await expect(page.get_by_role("button", name="Restore bulging")).to_have_count(0)


async def test_one_kind_of_shipped_words_is_opened_at_a_time(client: AsyncClient) -> None:
    await sign_in(client, "supervisor")
    closed = (await client.get(PATH)).text
    for kind, phrases in DANGERS_BY_KIND.items():
        assert f"?kind={kind}#shipped" in closed
        assert f"({len(phrases)})</a>" in closed
    assert "?kind=harmless#shipped" in closed
    assert 'name="word"' not in closed
    assert len(closed) < 20_000
    opened = (await client.get(PATH, params={"kind": "battery"})).text
    assert opened.count('name="word"') == len(DANGERS_BY_KIND["battery"])
    removed = await press(
        client, f"{PATH}/shipped/remove", kind="battery", word=DANGERS_BY_KIND["battery"][0]
    )
    assert removed.headers["Location"] == f"{PATH}?kind=battery#shipped"
    left = (await client.get(removed.headers["Location"])).text
    assert left.count('name="word"') == len(DANGERS_BY_KIND["battery"]) - 1
    assert f"({len(DANGERS_BY_KIND['battery']) - 1})</a>" in left
    assert 'name="word"' not in (await client.get(PATH, params={"kind": "nothing"})).text


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
