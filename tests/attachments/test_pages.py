import re
from datetime import timedelta
from io import BytesIO

import pytest
from httpx import AsyncClient
from playwright.async_api import FilePayload

from service_desk import wall_clock
from service_desk.attachments.fetching import LEASE, fetch_due_media
from service_desk.attachments.operations import stored_uploads
from service_desk.attachments.schemas import NewAttachment, Upload
from service_desk.attachments.thumbnails import make_due_thumbnails
from service_desk.database import fetch, fetch_value
from service_desk.linking.operations import merge
from service_desk.opening.new_ticket import OpenedTicket
from service_desk.tickets.conversation import receive_message
from tests.attachments.media_server import MediaServer, picture
from tests.browsing import PHONE as SMALL
from tests.browsing import OpenPage, no_sideways_scroll, sign_in
from tests.factories import NOW, make_staff, make_ticket
from tests.profiles import in_depth
from tests.twilio_side import text_desk

WAVE = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n<script>app.alert(1)</script>"


async def ticket_with(*files: tuple[str, bytes]) -> OpenedTicket:
    uploads = [Upload(name, "", BytesIO(content)) for name, content in files]
    async with stored_uploads(uploads) as attachments:
        ticket = await make_ticket("It leaks here", attachments=attachments)
    while await make_due_thumbnails(NOW):
        pass
    return ticket


async def test_the_holder_of_the_token_gets_it(client: AsyncClient) -> None:
    ticket = await ticket_with(("p.jpg", picture(size=(900, 600))))
    response = await client.get(f"/t/{ticket.token}/attachments/1")
    assert response.content == picture(size=(900, 600))
    assert response.headers["content-type"] == "image/jpeg"
    small = await client.get(f"/t/{ticket.token}/attachments/1/thumbnail")
    assert small.headers["content-type"] == "image/jpeg"
    assert len(small.content) != len(response.content)


async def test_nobody_else_gets_it(client: AsyncClient) -> None:
    ticket, other = await ticket_with(("p.jpg", picture())), await make_ticket(phone="+14155550100")
    for path in (
        f"/t/{other.token}/attachments/1",
        f"/t/{ticket.token}/attachments/2",
        f"/t/{ticket.token}x/attachments/1",
        f"/t/{ticket.number}/attachments/1",
        "/t/x/attachments/1/thumbnail",
    ):
        assert (await client.get(path)).status_code == 404
    for path in ("0", "-1", str(2**63), "x"):
        response = await client.get(f"/t/{ticket.token}/attachments/{path}")
        assert response.status_code in (400, 404)
    for path in ("1", "1/thumbnail"):
        response = await client.get(f"/tickets/{ticket.number}/attachments/{path}")
        assert response.status_code == 303  # to log in
        assert response.headers["location"].startswith("/login")


async def test_staff_get_it_on_the_ticket_it_belongs_to(client: AsyncClient) -> None:
    ticket, other = await ticket_with(("p.jpg", picture())), await make_ticket()
    await sign_in(client)
    assert (await client.get(f"/tickets/{ticket.number}/attachments/1")).content == picture()
    assert (await client.get(f"/tickets/{other.number}/attachments/1")).status_code == 404


async def test_customers_do_not_get_attachments_of_notes(client: AsyncClient) -> None:
    ticket = await ticket_with(("p.jpg", picture()))
    await fetch("UPDATE message SET visibility = 'note'")
    assert (await client.get(f"/t/{ticket.token}/attachments/1")).status_code == 404
    await sign_in(client)
    assert (await client.get(f"/tickets/{ticket.number}/attachments/1")).status_code == 200


async def test_a_merged_tickets_pictures_show_on_the_other(client: AsyncClient) -> None:
    ticket, into = await ticket_with(("p.jpg", picture())), await make_ticket()
    await merge(ticket.number, into.number, staff_id=await make_staff(), now=wall_clock.now())
    await sign_in(client)
    page = (await client.get(f"/tickets/{into.number}")).text
    address = f"/tickets/{into.number}/attachments/1"
    assert address in page
    assert (await client.get(address)).status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "kind", "shown"),
    [
        ("照片.jpg", picture(), "image/jpeg", "inline"),
        ("x.gif", picture("GIF"), "image/gif", "inline"),
        ("bill.pdf", PDF, "application/pdf", "attachment"),
        ("a.txt", b"words <script>", "text/plain; charset=utf-8", "attachment"),
        ("r.wav", WAVE, "audio/wav", "attachment"),
    ],
)
async def test_headers_keep_browsers_from_treating_it_as_a_page(
    client: AsyncClient, name: str, content: bytes, kind: str, shown: str
) -> None:
    ticket = await ticket_with((name, content))
    headers = (await client.get(f"/t/{ticket.token}/attachments/1")).headers
    assert headers["content-type"] == kind
    assert headers["content-disposition"].startswith(f"{shown}; filename*=UTF-8''")
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-cache"


async def test_rejected_and_pending_ones_have_no_content(client: AsyncClient) -> None:
    attachments = (
        NewAttachment("a.zip", "rejected", reason="forbidden_type"),
        NewAttachment("mms-1", "pending", source_url="https://x", storage_key="ab/c"),
    )
    ticket = await make_ticket(attachments=attachments)
    for place in (1, 2):
        assert (await client.get(f"/t/{ticket.token}/attachments/{place}")).status_code == 404


# In a browser


@pytest.mark.nightly
@pytest.mark.parametrize("locale", in_depth(["en", "zh"], ["zh"]))
async def test_the_conversation_shows_pictures_files_and_reasons(
    open_page: OpenPage, locale: str
) -> None:
    ticket = await ticket_with(
        ("front.jpg", picture(size=(1200, 900))),
        ("wide.png", picture("PNG", (2000, 300))),
        ("call.wav", WAVE),
        ("bill.pdf", PDF),
        ("tool.zip", b"PK\x03\x04\x00"),
    )
    for path, role in ((f"/tickets/{ticket.number}", "agent"), (f"/t/{ticket.token}", None)):
        page = await open_page(path, role=role, locale=locale)
        images = page.locator(".attachments img")
        assert await images.count() == 2
        for place in range(2):
            width = "image => image.decode().then(() => image.naturalWidth)"
            assert await images.nth(place).evaluate(width) == 480
        assert await page.locator(".attachments audio").count() == 1
        rejected = await page.locator(".attachments .rejected").inner_text()
        assert ("未接收" if locale == "zh" else "Not accepted: only photos") in rejected
        assert await no_sideways_scroll(page)
        async with page.context.expect_page() as opened:
            await images.first.click()
        shown = await opened.value
        await shown.wait_for_load_state()
        assert re.search(r"/attachments/1$", shown.url)
        assert await shown.evaluate("document.contentType") == "image/jpeg"
        async with page.expect_download() as download:
            await page.locator("a.file", has_text="bill.pdf").click()
        assert (await download.value).suggested_filename == "bill.pdf"


async def test_a_picture_appears_on_an_open_page_by_itself(
    open_page: OpenPage, carrier: MediaServer, client: AsyncClient
) -> None:
    media = {
        "NumMedia": "1",
        "MediaUrl0": carrier.serve("/ME1", content=picture(size=(800, 800))),
        "MediaContentType0": "image/jpeg",
    }
    await text_desk(client, "look", **media)
    number = await fetch_value("SELECT number FROM ticket")
    page = await open_page(f"/tickets/{number}")
    await page.locator(".attachments .pending").wait_for()
    await fetch_due_media(wall_clock.now())
    await page.locator(".attachments a.file", has_text="mms-1.jpg").wait_for()
    await make_due_thumbnails(wall_clock.now() + LEASE)
    await page.locator(".attachments img").wait_for()


async def test_photos_from_a_phone_without_javascript(open_page: OpenPage) -> None:
    page = await open_page("/support", role=None, size=SMALL, javascript=False)
    await page.locator("[name=description]").fill("The washer leaks")
    await page.locator("[name=phone]").fill("13800138000")
    photos: list[FilePayload] = [
        {"name": f"{place}.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        for place in range(2)
    ]
    await page.locator("[name=photos]").set_input_files(photos)
    await page.locator("button.primary").click()
    await page.wait_for_url("**/t/*")
    assert await page.locator(".attachments a.file").count() == 2
    await page.locator("[name=photos]").set_input_files(photos[:1])
    await page.locator("button.primary").click()
    await page.locator(".message.in").nth(1).wait_for()
    assert await page.locator(".attachments a.file").count() == 3
    await make_due_thumbnails(wall_clock.now() + timedelta(seconds=1))
    await make_due_thumbnails(wall_clock.now() + timedelta(seconds=1))
    await page.reload()
    assert await page.locator(".attachments img").count() == 3
    assert await no_sideways_scroll(page)


async def test_a_customers_reply_has_its_own_attachments(client: AsyncClient) -> None:
    ticket = await make_ticket()
    async with stored_uploads([Upload("p.jpg", "image/jpeg", BytesIO(picture()))]) as attachments:
        await receive_message(
            ticket.number, "", channel="web", attachments=attachments, now=wall_clock.now()
        )
    assert "p.jpg" in (await client.get(f"/t/{ticket.token}")).text
