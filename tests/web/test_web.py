"""What every page has: the reader's language, security headers, caching of files only."""

from typing import Any

import msgspec
import pytest
from httpx import AsyncClient
from jinja2 import Environment
from litestar.types import HTTPResponseStartEvent
from playwright.async_api import Browser, ViewportSize, expect

from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, InvalidInput, MoveNotAllowed, StateCode
from service_desk.i18n.names import LABELS, name_of, options_of, value_label
from service_desk.rules.words.languages import LOCALES
from service_desk.settings import Settings, get_settings
from service_desk.web import security
from service_desk.web.templates import (
    COMPILED,
    error_text,
    html_attributes,
    jinja_environment,
    static,
)
from tests.browsing import PHONE, WIDE, OpenPage, no_sideways_scroll
from tests.factories import make_ticket
from tests.profiles import in_depth


@pytest.mark.parametrize(
    ("address", "cookie", "accepts", "locale"),
    [
        ("/login", None, None, "zh"),  # the desk's
        ("/login", None, "fr, en-US;q=0.5, zh;q=0.4", "en"),
        ("/login", None, "zh;q=nonsense", "zh"),
        ("/login", None, "en;q=0", "zh"),
        ("/login", "en", "zh", "en"),
        ("/login?lang=zh", "en", "en", "zh"),
        ("/login?lang=xx", "xx", "en", "en"),
    ],
)
async def test_language(client: AsyncClient, address: str, cookie: str | None, accepts: str | None,
                        locale: str):  # fmt: skip
    if cookie:
        client.cookies.set("desk_lang", cookie)
    answer = await client.get(address, headers={"Accept-Language": accepts} if accepts else {})
    assert f'lang="{"zh-CN" if locale == "zh" else "en"}"' in answer.text


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/api/v1/nowhere", "/healthz"])
async def test_security_headers_are_on_every_response(client: AsyncClient, path: str):
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "strict-transport-security" not in headers


async def test_behind_https_cookies_are_secure(monkeypatch: pytest.MonkeyPatch):
    settings = Settings(public_url="https://desk.example", secret_key="x")
    monkeypatch.setattr(security, "get_settings", lambda: settings)
    assert security.csrf_config().cookie_secure
    message: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": 200,
        "headers": [],
    }
    scope: Any = {}
    await security.add_security_headers(message, scope)
    assert b"strict-transport-security" in [name.lower() for name, _ in message["headers"]]


async def test_a_cookie_of_another_desk_on_this_host_is_ignored(client: AsyncClient):
    client.cookies.set("desk_csrf_00000000", "stale")
    client.cookies.set("csrftoken", "stale")
    answer = await client.get("/login")
    assert security.cookie_name("csrf") in answer.headers["set-cookie"]


@pytest.mark.parametrize("bypassed", [False, True])
async def test_inline_script_does_not_run(
    desk: str, address: str, browser: Browser, bypassed: bool
):
    """With the policy bypassed, it does."""
    page = await browser.new_page(bypass_csp=bypassed)
    await page.goto(f"{address}/login")
    await page.evaluate(
        """document.body.insertAdjacentHTML(
            "beforeend", "<b id='inline' onclick='document.title = 1'>x</b>")"""
    )
    await page.locator("#inline").click()
    assert (await page.title() == "1") is bypassed
    await page.close()


async def test_files_are_cached_and_pages_are_not(client: AsyncClient):
    assert (await client.get("/login")).headers["cache-control"] == "no-store"
    file = await client.get(static("base.css"))
    assert file.status_code == 200
    assert "immutable" in file.headers["cache-control"]
    assert (await client.get("/static/../app.py")).status_code == 404
    assert (await client.get("/static/%2e%2e/app.py")).status_code == 404


async def test_every_template_compiles_in_both_languages():
    for locale in LOCALES:
        made = jinja_environment(locale)
        for name in made.list_templates(extensions=["html"]):
            made.get_template(name)


def test_a_template_compiles_once_for_both_languages(monkeypatch: pytest.MonkeyPatch):
    compiled: list[str | None] = []
    compile_of_library = Environment.compile

    def compile_(self: Environment, source: str, name: str, filename: str) -> Any:
        compiled.append(name)
        return compile_of_library(self, source, name, filename)

    monkeypatch.setattr(Environment, "compile", compile_)
    monkeypatch.setattr(COMPILED, "compiled", {})
    for locale in LOCALES:
        jinja_environment.__wrapped__(locale).get_template("error.html")
    assert compiled == ["error.html"]


def test_names():
    assert name_of("waiting_parts", "state", "zh") == "等待配件"
    assert name_of("never_heard_of", "state", "zh") == "never_heard_of"
    assert name_of(None, "state", "en") == "–"
    assert options_of("severity", "en")[0] == ("safety", "Safety")
    assert [code for code, _ in options_of("channel", "en", codes=("call", "web"))] == [
        "call",
        "web",
    ]
    assert value_label("open, closed", "allowed", "zh") == "处理中、已关闭"
    assert value_label("open", "reason", "en") == "open"


async def test_the_names_cover_what_the_database_allows(desk: str):
    """The checks on the tables list the codes; each has a name."""
    for group, constraint in [
        ("state", "ticket_state_check"),
        ("kind", "ticket_kind_check"),
        ("severity", "ticket_severity_check"),
        ("cause", "ticket_cause_check"),
        ("delivery_state", "outbox_state_check"),
        ("role", "staff_role_check"),
    ]:
        check = await fetch_value(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", constraint
        )
        codes = set(check.split("'")[1::2])
        assert codes <= set(LABELS[group]), group


def test_sentences_put_codes_in_words():
    error = MoveNotAllowed(
        "The ticket is {state}; it cannot become {wanted}. From here it can become: {allowed}.",
        state="closed", wanted="resolved", allowed="open, closed",
    )  # fmt: skip
    assert error_text(error, "zh") == (
        "工单当前为“已关闭”，不能变为“已解决”。可以变为：处理中、已关闭。"
    )
    assert error_text(Conflict("Unheard of {thing}", thing="x"), "zh") == "Unheard of x"


@pytest.mark.parametrize(
    ("message", "state", "expected"),
    [
        (
            "This revisit is {state}; an outcome is recorded while it is planned or held.",
            StateCode("done", "revisit_state"),
            "该回访已完成；只有已安排或暂缓的回访才能登记结果。",
        ),
        (
            "This compensation is already {state}.",
            StateCode("approved", "compensation_state"),
            "这笔赔偿已是“已批准”状态。",
        ),
        (
            "This ticket is {state}; reopen it first.",
            StateCode("closed"),
            "工单已关闭，请先重新打开。",
        ),
    ],
)
def test_the_present_state_is_named_by_its_own_group(message: str, state: StateCode, expected: str):
    error = Conflict(message, state=state)
    assert error_text(error, "zh") == expected
    assert str(error) == message.format(state=str(state))
    assert msgspec.json.encode(error.params, enc_hook=str) == f'{{"state":"{state}"}}'.encode()


def test_a_refusal_calls_a_field_as_its_form_does():
    message = "{field_label} must have between 1 and {max} characters."
    error = InvalidInput(message, field="plan", field_label="plan", max=4000)
    assert error_text(error, "zh") == "“处理措施”应为 1 到 4000 个字符。"
    assert error_text(error, "en") == "What will be done must have between 1 and 4000 characters."
    assert str(error) == "plan must have between 1 and 4000 characters."


def test_attributes_are_escaped():
    made = html_attributes({"hx_get": '/x?"<', "required": True, "disabled": False, "list": None})
    assert made == ' hx-get="/x?&#34;&lt;" required'


def test_settings_are_those_of_the_tests():
    assert get_settings().public_url == "http://desk.test"


@pytest.mark.nightly
@pytest.mark.parametrize("size", in_depth([WIDE, PHONE], [PHONE]))
async def test_a_word_without_end_widens_nothing(open_page: OpenPage, size: ViewportSize):
    await make_ticket("W" * 200)
    await fetch("UPDATE customer SET name = $1", "x" * 190)
    page = await open_page("/queue", size=size)
    await expect(page.locator("tbody tr")).to_have_count(1)
    assert await no_sideways_scroll(page)
    widest = await page.evaluate(
        "Math.max(...[...document.querySelectorAll('table')].map((table) => table.scrollWidth))"
    )
    assert widest <= size["width"]
    await page.goto("/customers")
    assert await no_sideways_scroll(page)
