from io import BytesIO
from typing import Any

import httpx
import pytest

from service_desk.database import fetch, fetch_value
from service_desk.intake.web.uploads import MAX_FILES_LISTED
from service_desk.rules.messages.attachments import MAX_FILE_BYTES, MAX_FILES
from tests.attachments.media_server import picture
from tests.factories import make_ticket

WORDS = {"kind": "repair", "description": "It leaks", "phone": "13800138000"}

STRANGE_CHARSET = (
    b"--x\r\nContent-Disposition: form-data; name=a\r\nContent-Type: a/b; charset=nonsense\r\n\r\n"
    b"x\r\n--x--\r\n"
)


def photo(name: str = "p.jpg", content: bytes = b"", kind: str = "image/jpeg") -> Any:
    return ("photos", (name, BytesIO(content or picture()), kind))


async def send(client: httpx.AsyncClient, *files: Any, **changed: str) -> httpx.Response:
    return await client.post(
        "/support", data=WORDS | changed, files=list(files), follow_redirects=True
    )


async def states() -> list[tuple[str, str | None]]:
    rows = await fetch("SELECT state, reason FROM attachment ORDER BY id")
    return [(row["state"], row["reason"]) for row in rows]


async def test_photos_of_a_form_are_on_the_ticket(client: httpx.AsyncClient) -> None:
    response = await send(client, photo("一.jpg"), photo("b.png", picture("PNG"), "image/png"))
    assert response.url.path.startswith("/t/")
    assert "一.jpg" in response.text
    rows = await fetch(
        "SELECT a.name, a.media_type FROM attachment a JOIN message m ON m.id = a.message "
        "WHERE m.direction = 'in' ORDER BY a.id"
    )
    assert [tuple(row) for row in rows] == [("一.jpg", "image/jpeg"), ("b.png", "image/png")]


async def test_an_empty_file_field_adds_no_attachment(client: httpx.AsyncClient) -> None:
    empty = ("photos", ("", b"", "application/octet-stream"))
    assert (await send(client, empty)).status_code == 200
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await states() == []


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (photo(content=b"<script>alert(1)</script>"), "type_mismatch"),
        (photo("x.exe", b"MZ\x90\x00\x03", "application/x-msdownload"), "forbidden_type"),
        (photo(content=picture().ljust(MAX_FILE_BYTES + 1)), "too_large"),
        (photo("film.mp4", bytes(40 * 1024 * 1024), "video/mp4"), "too_large"),
    ],
)
@pytest.mark.parametrize("locale", ["en", "zh"])
async def test_the_ticket_opens_and_says_why_a_file_was_refused(
    client: httpx.AsyncClient, file: Any, reason: str, locale: str
) -> None:
    client.headers["Accept-Language"] = locale
    response = await send(client, photo(), file)
    assert response.status_code == 200
    assert await states() == [("stored", None), ("rejected", reason)]
    assert ("未接收" if locale == "zh" else "Not accepted") in response.text


async def test_five_files_are_stored_and_the_others_listed(client: httpx.AsyncClient) -> None:
    await send(client, *(photo() for _ in range(MAX_FILES_LISTED + 5)))
    assert await states() == [("stored", None)] * MAX_FILES + [("rejected", "too_many")] * (
        MAX_FILES_LISTED - MAX_FILES
    )


async def test_a_rejected_form_keeps_no_files_and_says_so(
    client: httpx.AsyncClient,
) -> None:
    client.headers["Accept-Language"] = "en"
    response = await send(client, photo(), phone="")
    assert response.status_code == 400
    assert "choose the photos again" in response.text
    assert "It leaks" in response.text
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


async def test_sent_twice_the_photos_are_there_once(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await send(client, photo(), nonce="n" * 20)
    assert await states() == [("stored", None)]


async def test_a_reply_with_photos(client: httpx.AsyncClient) -> None:
    ticket = await make_ticket()
    url = f"/t/{ticket.token}"
    response = await client.post(
        url, data={"body": ""}, files=[photo("only.jpg")], follow_redirects=True
    )
    assert "only.jpg" in response.text
    await fetch("UPDATE ticket SET state = 'resolved', resolved_at = now()")
    await client.post(url, data={"body": "Thanks"}, files=[photo()])
    assert await fetch_value("SELECT state FROM ticket") == "open"  # a photo says more
    await fetch("UPDATE ticket SET state = 'closed', resolved_at = now() - interval '9 days'")
    await client.post(url, data={"body": "Again"}, files=[photo()])
    on_new = "SELECT count(*) FROM attachment a JOIN message m ON m.id = a.message WHERE ticket > 1"
    assert await fetch_value(on_new) == 1


async def test_an_empty_reply_is_rejected(client: httpx.AsyncClient) -> None:
    ticket = await make_ticket()
    empty = ("photos", ("", b"", "application/octet-stream"))
    response = await client.post(f"/t/{ticket.token}", data={"body": " "}, files=[empty])
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"--x", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
        (b"--x\r\n\r\nno name\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="description"\r\n\r\n\xff\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            STRANGE_CHARSET,
            "multipart/form-data; boundary=x",
        ),
        (b"a=%FF&b=\xff", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ],
)
async def test_a_request_that_is_not_a_form_is_rejected(
    client: httpx.AsyncClient, content: bytes, kind: str
) -> None:
    response = await client.post("/support", content=content, headers={"Content-Type": kind})
    assert response.status_code == 400
    assert 'role="alert"' in response.text


async def test_text_fields_have_a_limit_of_their_own(client: httpx.AsyncClient) -> None:
    long = "x" * 300_000
    assert (await send(client, photo(), description=long)).status_code == 413
    assert (await client.post("/support", data=WORDS | {"name": long})).status_code == 413


async def test_a_file_sent_as_a_text_field_is_ignored(client: httpx.AsyncClient) -> None:
    files = {"description": ("a.txt", b"words")}
    response = await client.post("/support", data={"phone": WORDS["phone"]}, files=files)
    assert response.status_code == 400
