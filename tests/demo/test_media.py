from typing import Any

import pytest
from httpx import AsyncClient
from playwright.async_api import FilePayload

from service_desk import wall_clock
from service_desk.attachments.fetching import fetch_due_media
from service_desk.attachments.media_hosts import DEMO_ACCOUNT
from service_desk.attachments.thumbnails import make_due_thumbnails
from service_desk.database import fetch, fetch_value
from service_desk.demo import carrier, media
from service_desk.settings import get_settings
from tests.attachments.media_server import picture
from tests.browsing import OpenPage
from tests.factories import PHONE
from tests.profiles import in_depth

LOGIN = (DEMO_ACCOUNT, "tests")


async def test_only_the_carriers_credentials_open_it(demo: None, client: AsyncClient) -> None:
    path = (await media.store(picture())).removeprefix("http://desk.test")
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, auth=(DEMO_ACCOUNT, "wrong"))).status_code == 401
    assert (await client.get(path, auth=("", "tests"))).status_code == 401
    response = await client.get(path, auth=LOGIN)
    assert response.content == picture()
    assert response.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("name", ["x", "0" * 32, "..%2fx", "%2e%2e"])
async def test_other_names_are_not_found(demo: None, client: AsyncClient, name: str) -> None:
    assert (await client.get(f"/handset/media/{name}", auth=LOGIN)).status_code == 404


async def test_without_demo_mode_it_is_not_found(client: AsyncClient) -> None:
    path = (await media.store(picture())).removeprefix("http://desk.test")
    assert (await client.get(path, auth=LOGIN)).status_code == 404


async def test_an_mms_with_only_photos_is_a_message(demo: None, app: Any) -> None:
    await carrier.send_text(app, PHONE, "", [("image/jpeg", picture()), ("image/png", b"x")])
    rows = await fetch("SELECT declared_type, state FROM attachment ORDER BY id")
    assert [tuple(row) for row in rows] == [("image/jpeg", "pending"), ("image/png", "pending")]
    assert await fetch_value("SELECT provider_id LIKE 'MM%' FROM message WHERE direction = 'in'")


@pytest.mark.nightly
@pytest.mark.parametrize("javascript", in_depth([True, False], [True]))
async def test_photos_travel_from_the_handset_to_the_ticket(
    demo: None, open_page: OpenPage, address: str, monkeypatch: pytest.MonkeyPatch, *,
    javascript: bool,
) -> None:  # fmt: skip
    monkeypatch.setenv("PUBLIC_URL", address)
    get_settings.cache_clear()
    page = await open_page("/handset", role=None, javascript=javascript)
    await page.locator(".composer textarea").fill("It leaks here")
    photos: list[FilePayload] = [
        {"name": f"p{index}.jpg", "mimeType": "image/jpeg", "buffer": picture(size=(900, 700))}
        for index in range(2)
    ]
    await page.locator("input[name=photos]").set_input_files(photos)
    if javascript:
        assert await page.locator(".attach output").inner_text() == "2"
    await page.locator(".send").click()
    await page.locator(".bubble.theirs").wait_for()
    assert await page.locator(".bubble.mine", has_text="on its way").count() == 1
    assert await fetch_due_media(wall_clock.now()) == 2
    assert await make_due_thumbnails(wall_clock.now()) == 2
    if not javascript:
        await page.reload()
    images = page.locator(".bubble.mine img")
    await images.nth(1).wait_for()
    assert await images.first.evaluate("image => image.decode().then(() => image.naturalWidth)")
    number = await fetch_value("SELECT number FROM ticket")
    ticket = await open_page(f"/tickets/{number}")
    await ticket.locator("#conversation img").nth(1).wait_for()
