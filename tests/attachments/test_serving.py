import pytest
from httpx import AsyncClient

from service_desk.attachments import storage
from service_desk.database import fetch, fetch_value
from tests.attachments.media_server import picture
from tests.attachments.test_pages import ticket_with

CONTENT = b"0123456789"


@pytest.fixture
async def path(client: AsyncClient) -> str:
    ticket = await ticket_with(("a.txt", CONTENT))
    return f"/t/{ticket.token}/attachments/1"


@pytest.mark.parametrize(
    ("requested", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, CONTENT, "bytes 0-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=9-9", 206, b"9", "bytes 9-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=-", 200, CONTENT, None),
        ("bytes=0-1,3-4", 200, CONTENT, None),
        ("lines=0-1", 200, CONTENT, None),
        ("bytes=x-", 200, CONTENT, None),
    ],
)
async def test_byte_ranges(
    client: AsyncClient,
    path: str,
    requested: str,
    status: int,
    content: bytes,
    content_range: str | None,
) -> None:
    response = await client.get(path, headers={"Range": requested})
    assert (response.status_code, response.content) == (status, content)
    assert response.headers.get("content-range") == content_range


async def test_cached_content_is_not_sent_again(client: AsyncClient) -> None:
    ticket = await ticket_with(("p.jpg", picture(size=(900, 900))))
    tags: set[str] = set()
    for path in ("1", "1/thumbnail"):
        url = f"/t/{ticket.token}/attachments/{path}"
        tag = (await client.get(url)).headers["etag"]
        again = await client.get(url, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        tags.add(tag)
    assert len(tags) == 2


async def test_missing_content_is_not_found(client: AsyncClient, path: str) -> None:
    await storage.remove([await fetch_value("SELECT storage_key FROM attachment")])
    assert (await client.get(path)).status_code == 404


async def test_an_unreachable_store_is_reported(
    client: AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(_: str) -> bytes:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(storage, "read", unreachable)
    response = await client.get(path)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0


async def test_a_name_cannot_break_out_of_its_header(client: AsyncClient) -> None:
    ticket = await ticket_with(('a"; filename=evil.html\r\nX: y.txt', CONTENT))
    await fetch("UPDATE attachment SET name = 'a\"; x=y; filename=evil.html'")
    headers = (await client.get(f"/t/{ticket.token}/attachments/1")).headers
    expected = "attachment; filename*=UTF-8''a%22%3B%20x%3Dy%3B%20filename%3Devil.html"
    assert headers["content-disposition"] == expected
