"""Logging in and out, the language switch: in a real browser, and over HTTP."""

import re

import pytest
from httpx import AsyncClient
from playwright.async_api import expect

from service_desk.database import fetch, fetch_value
from service_desk.rules.words.languages import Locale
from service_desk.staff.operations import create_staff
from service_desk.staff.pages import safe_redirect_path
from tests.browsing import PHONE as PHONE_SIZE
from tests.browsing import OpenPage, no_sideways_scroll
from tests.factories import NOW, PASSWORD
from tests.profiles import in_depth


async def make_agent(locale: Locale = "en") -> None:
    await create_staff(
        email="lin@desk.test", name="林晓", role="agent", password=PASSWORD, locale=locale, now=NOW
    )


async def log_in(client: AsyncClient, password: str, **form: str):
    """As the form does: the CSRF token is on the page and in its cookie."""
    token = re.search(r'name="_csrf_token" value="(\w+)"', (await client.get("/login")).text)
    assert token
    fields = {"email": "lin@desk.test", "password": password, "_csrf_token": token[1]}
    return await client.post("/login", data=fields | form)


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [False]))
async def test_log_in_and_out(open_page: OpenPage, javascript: bool):
    await make_agent(locale="zh")
    page = await open_page("/queue?severity=high", role=None, javascript=javascript)
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()  # the browser's
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.get_by_label("E-mail").fill("LIN@desk.test ")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_contain_text("The e-mail or the password is wrong")
    assert await page.get_by_label("E-mail").input_value() == "LIN@desk.test"
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page).to_have_url(re.compile(r"/queue\?severity=high$"))
    await expect(page.get_by_role("heading", name="工单队列")).to_be_visible()  # their own
    await page.locator(".me summary").click()
    await page.get_by_role("button", name="退出登录").click()
    await expect(page).to_have_url(re.compile(r"/login$"))
    assert await fetch_value("SELECT count(*) FROM staff_session") == 0
    await page.goto("/queue")
    await expect(page).to_have_url(re.compile(r"/login\?next=%2Fqueue$"))


async def test_the_language_can_be_chosen_before_and_after_log_in(open_page: OpenPage):
    page = await open_page("/login", role=None, size=PHONE_SIZE)
    await page.get_by_role("button", name="中文").click()
    await expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "zh-CN"
    assert await no_sideways_scroll(page)
    page = await open_page("/queue", size=PHONE_SIZE)
    await page.locator(".me summary").click()
    await page.get_by_role("button", name="中文").click()
    await expect(page.get_by_role("heading", name="工单队列")).to_be_visible()
    assert await fetch_value("SELECT locale FROM staff") == "zh"


async def test_the_cookie_is_opaque_and_expires_with_its_session(client: AsyncClient):
    await make_agent()
    answer = await log_in(client, PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    stored = await fetch_value("SELECT token_hash FROM staff_session")
    assert stored not in cookie
    assert (await client.get("/queue")).status_code == 200
    await fetch("UPDATE staff_session SET expires_at = now() - interval '1 second'")
    assert (await client.get("/queue")).status_code == 303


async def test_use_extends_a_session_up_to_a_week(client: AsyncClient):
    await make_agent()
    await log_in(client, PASSWORD)
    await fetch("UPDATE staff_session SET expires_at = now() + interval '1 minute'")
    await client.get("/queue")
    assert await fetch_value("SELECT expires_at > now() + interval '11 hours' FROM staff_session")
    await fetch("UPDATE staff_session SET created_at = now() - interval '7 days' + interval '1 s', "
                "expires_at = now() + interval '1 s'")  # fmt: skip
    await client.get("/queue")
    assert await fetch_value("SELECT expires_at < now() + interval '2 s' FROM staff_session")


async def test_deactivation_takes_effect_at_once(client: AsyncClient):
    await make_agent()
    await log_in(client, PASSWORD)
    await fetch("UPDATE staff SET active = false")
    assert (await client.get("/queue")).status_code == 303
    assert (await log_in(client, PASSWORD)).status_code == 401


async def test_too_many_attempts(client: AsyncClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service_desk.staff.login_attempts.MAX_ATTEMPTS_PER_EMAIL", 2)
    await make_agent()
    for _ in range(2):
        assert (await log_in(client, "wrong")).status_code == 401
    answer = await log_in(client, PASSWORD, email=" LIN@desk.test")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert "请等待 15 分钟" in answer.text  # the desk's language
    other = await log_in(client, PASSWORD, email="other@desk.test")
    assert other.status_code == 401


async def test_log_in_does_not_redirect_to_another_site(client: AsyncClient):
    await make_agent()
    answer = await log_in(client, PASSWORD, next="https://evil.example/queue")
    assert answer.headers["location"] == "/queue"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "queue",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/a\nb",
        "javascript:x",
    ],
)
def test_paths_of_other_sites_are_unsafe(path: str):
    assert safe_redirect_path(path) is None


def test_own_paths_are_safe():
    assert safe_redirect_path("/queue?assignee=me&q=漏水") == "/queue?assignee=me&q=漏水"
