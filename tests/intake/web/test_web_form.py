import asyncio
import re
from typing import Any

import httpx
import pytest
from redis.exceptions import ConnectionError as ValkeyConnectionError

from service_desk.database import fetch, fetch_value
from service_desk.intake.web import operations, rate_limit
from service_desk.intake.web.forms import HONEYPOT
from service_desk.intake.web.operations import BY_CONTACT
from service_desk.intake.web.rate_limit import RateLimit
from service_desk.intake.web.web_form import MAX_DESCRIPTION_LENGTH
from service_desk.web.locale import LOCALE_COOKIE
from tests.browsing import PHONE, OpenPage, no_sideways_scroll
from tests.factories import make_ticket
from tests.profiles import in_depth

ASKED = {
    "kind": "repair",
    "description": "洗衣机不排水",
    "phone": "138 0013 8000",
    "product": "WM-7",
    "serial_number": "SN1",
    "name": "王芳",
}
NONCE = "a" * 22


async def send(client: httpx.AsyncClient, **changed: str) -> httpx.Response:
    return await client.post("/support", data=ASKED | changed, follow_redirects=True)


async def test_a_form_becomes_a_ticket_with_a_number_and_a_link(client: httpx.AsyncClient) -> None:
    response = await send(client)
    assert response.status_code == 200
    ticket = (await fetch("SELECT * FROM ticket"))[0]
    assert ticket["number"] in response.text
    assert response.url.path == f"/t/{ticket['token']}"
    assert (ticket["kind"], ticket["channel"]) == ("repair", "web")
    assert (ticket["product"], ticket["serial_number"]) == ("WM-7", "SN1")
    customer = (await fetch("SELECT name, phone FROM customer"))[0]
    assert tuple(customer) == ("王芳", "+8613800138000")
    sent = await fetch("SELECT recipient, body FROM outbox")
    assert sent[0]["recipient"] == "+8613800138000"
    assert ticket["number"] in sent[0]["body"]


async def test_an_e_mail_address_is_enough(client: httpx.AsyncClient) -> None:
    await send(client, phone="", email=" Ann@Example.com ")
    row = (await fetch("SELECT channel, recipient, subject FROM outbox"))[0]
    assert row["channel"] == "email"
    assert row["recipient"] == "ann@example.com"
    assert row["subject"]


@pytest.mark.parametrize(
    ("said", "browser", "chosen", "language"),
    [
        ("洗衣机不排水", "en", None, "zh"),
        ("The washer leaks", "zh", None, "en"),
        ("WM-7 E04", "en", "zh", "zh"),  # Latin letters tell less than a choice by hand
        ("The washer leaks", "zh", "en", "en"),
        ("洗衣机显示 E04", "zh", "en", "zh"),  # who writes Chinese reads it
        ("404", "en", None, "zh"),  # the desk's
    ],
)
async def test_the_ticket_has_its_customers_language(
    client: httpx.AsyncClient, said: str, browser: str, chosen: str | None, language: str
) -> None:
    headers = {"Accept-Language": browser}
    response = await client.get("/support", headers=headers)
    assert ("投诉" in response.text) == (browser == "zh")
    if chosen is not None:
        headers |= {"Cookie": f"{LOCALE_COOKIE}={chosen}"}
    await client.post("/support", data=ASKED | {"description": said}, headers=headers)
    assert await fetch_value("SELECT locale FROM ticket") == language
    assert ("已登记" in await fetch_value("SELECT body FROM outbox")) == (language == "zh")


async def test_a_known_customer_gets_replies_in_their_language(client: httpx.AsyncClient) -> None:
    await make_ticket("The washer leaks")
    await send(client, description="洗衣机不排水")
    assert await fetch_value("SELECT locale FROM ticket ORDER BY id DESC LIMIT 1") == "en"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"description": ""}, "description"),
        ({"description": " \0 "}, "description"),
        ({"description": "x" * (MAX_DESCRIPTION_LENGTH + 1)}, "description"),
        ({"kind": "praise"}, "kind"),
        ({"phone": "", "email": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"phone": "x" * 41}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"product": "x" * 201}, "product"),
        ({"serial_number": "x" * 101}, "serial_number"),
        ({"name": "x" * 201}, "name"),
        ({HONEYPOT: "http://spam.example"}, HONEYPOT),
    ],
)
async def test_a_rejected_form_comes_back_as_typed(
    client: httpx.AsyncClient, changed: dict[str, str], field: str
) -> None:
    response = await send(client, **changed)
    assert response.status_code == 400
    assert ('role="alert"' in response.text) != ('class="error"' in response.text)  # once
    if field != "description":
        assert "洗衣机不排水" in response.text
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


async def test_a_second_click_opens_no_second_ticket(client: httpx.AsyncClient) -> None:
    page = await client.get("/support")
    nonce = re.findall(r'name="nonce" value="([^"]+)"', page.text)[0]
    answers = await asyncio.gather(*(send(client, nonce=nonce) for _ in range(5)))
    assert len({answer.url.path for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


@pytest.mark.parametrize(
    "changed", [{"description": "烘干机也不转"}, {"phone": "13900139000"}, {"product": "WM-8"}]
)
async def test_a_form_changed_after_going_back_counts_again(
    client: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    first = await send(client, nonce=NONCE)
    for _ in range(2):  # each as often as it is sent: once
        second = await send(client, nonce=NONCE, **changed)
        assert (await send(client, nonce=NONCE)).url.path == first.url.path
        assert second.url.path != first.url.path
    assert await fetch_value("SELECT count(*) FROM ticket") == 2


async def test_another_photo_is_another_message(client: httpx.AsyncClient) -> None:
    sent = ASKED | {"nonce": NONCE}
    paths: list[str] = []
    for photo in (b"washer", b"dryer", b"washer"):
        files = {"photos": ("note.txt", photo)}
        paths.append((await client.post("/support", data=sent, files=files)).headers["location"])
    assert paths[0] == paths[2] != paths[1]
    assert await fetch_value("SELECT count(*) FROM attachment") == 2


async def test_line_ends_are_those_that_were_typed(client: httpx.AsyncClient) -> None:
    lines = "\r\n".join(
        ["x"] * (MAX_DESCRIPTION_LENGTH // 2)
    )  # forms send each line end as two characters
    await send(client, description=lines)
    assert await fetch_value("SELECT body FROM message LIMIT 1") == lines.replace("\r", "")


async def test_without_a_nonce_each_counts(client: httpx.AsyncClient) -> None:
    for nonce in ("", "x", "\0", "é" * 20):
        assert (await send(client, nonce=nonce)).status_code == 200
    assert await fetch_value("SELECT count(*) FROM ticket") == 4


async def test_the_form_always_opens_a_ticket_and_marks_a_likely_duplicate(
    client: httpx.AsyncClient,
) -> None:
    await send(client)
    await send(client)
    rows = await fetch("SELECT duplicate_of FROM ticket ORDER BY id")
    assert [row["duplicate_of"] for row in rows] == [None, 1]


async def test_a_code_on_the_product_fills_in(client: httpx.AsyncClient) -> None:
    page = await client.get("/support?product=WM-7&serial_number=%22%3E%3Cb%3E&kind=repair")
    assert 'value="WM-7"' in page.text
    assert "<b>" not in page.text
    assert re.search(r'value="repair" checked', page.text)


@pytest.mark.nightly
async def test_an_address_has_a_higher_limit_than_a_contact(client: httpx.AsyncClient) -> None:
    for place in range(in_depth(40, BY_CONTACT.per_hour + 1)):
        assert (await send(client, phone=f"+86138001{place:05}")).status_code == 200


async def test_too_many_from_one_address_are_asked_to_wait(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "BY_ADDRESS", RateLimit("address", 2))
    for nonce in ("a" * 22, "b" * 22):
        for _ in range(3):  # sent again, it does not count again
            assert (await send(client, phone="+8613800138001", nonce=nonce)).status_code == 200
    response = await send(client, phone="+8613800999999")
    assert response.status_code == 429
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    assert int(response.headers["retry-after"]) > 0
    assert "洗衣机不排水" in response.text


async def test_nobody_is_flooded_with_acknowledgements(client: httpx.AsyncClient) -> None:
    for _ in range(BY_CONTACT.per_hour):
        assert (await send(client)).status_code == 200
    assert (await send(client)).status_code == 429
    assert await fetch_value("SELECT count(*) FROM outbox") == BY_CONTACT.per_hour


async def test_without_valkey_there_is_no_rate_limit(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Any:
        raise ValkeyConnectionError

    monkeypatch.setattr(rate_limit, "valkey", gone)
    for _ in range(BY_CONTACT.per_hour + 2):
        assert (await send(client)).status_code == 200


async def test_a_file_in_a_text_field_is_ignored(client: httpx.AsyncClient) -> None:
    response = await client.post("/support", files={"description": ("a.txt", b"x" * 10)})
    assert response.status_code == 400
    response = await client.post(
        "/support", content=b"--x", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert response.status_code == 400


async def test_a_form_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    assert (await send(client, description="x" * 300_000)).status_code == 413


# In a browser, on a phone, without JavaScript


@pytest.mark.nightly
@pytest.mark.parametrize("locale", in_depth(["en", "zh"], ["zh"]))
async def test_on_a_phone_without_javascript(open_page: OpenPage, locale: str) -> None:
    page = await open_page("/support", role=None, locale=locale, size=PHONE, javascript=False)
    await page.locator("[name=description]").fill("The washer leaks")
    await page.locator("[name=phone]").fill("13800138000")
    await page.locator("button.primary").click()
    await page.wait_for_url("**/t/*")
    number = await page.locator(".big-number").inner_text()
    assert number == await fetch_value("SELECT number FROM ticket")
    await page.locator("[name=body]").fill("And it smells")
    await page.locator("button.primary").click()
    await page.locator(".message.in", has_text="And it smells").wait_for()


@pytest.mark.parametrize("path", ["/support", "ticket"])
async def test_it_fits_a_phone(open_page: OpenPage, path: str) -> None:
    if path == "ticket":
        path = f"/t/{(await make_ticket('x' * 500)).token}"
    page = await open_page(path, role=None, size=PHONE)
    assert await no_sideways_scroll(page)


async def test_a_field_error_is_shown_once(client: httpx.AsyncClient) -> None:
    sent = {"kind": "complaint", "description": "It drips", "phone": "12"}
    page = (await client.post("/support", data=sent)).text
    assert 'id="f-phone-hint"' in page
    assert 'role="alert"' not in page
    elsewhere = (await client.post("/support", data=sent | {"phone": "", "kind": "x"})).text
    assert 'role="alert"' in elsewhere
