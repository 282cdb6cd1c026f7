import gzip

import pytest
from yarl import URL

from service_desk.attachments.media_client import (
    MAX_REDIRECTS,
    Media,
    MediaClient,
    MediaRejected,
    MediaUnavailable,
)
from service_desk.attachments.media_hosts import MediaHosts, origin
from service_desk.rules.messages.attachments import MAX_FILE_BYTES
from tests.attachments.media_server import AUTHORIZED, MediaServer, media_server, picture


async def get(server: MediaServer, address: str, cdn: str = "", **options: float) -> Media:
    hosts = MediaHosts(
        {origin(URL(server.url)): AUTHORIZED},
        cdn=(URL(cdn),) if cdn else (),
        private=frozenset({"127.0.0.1", "localhost"}),
    )
    async with MediaClient(hosts, **options) as client:
        return await client.get(address)


async def rejection(server: MediaServer, address: str, cdn: str = "") -> str:
    with pytest.raises(MediaRejected) as raised:
        await get(server, address, cdn)
    return raised.value.reason


async def test_fetched_with_our_credentials() -> None:
    async with media_server() as server:
        address = server.serve("/Media/ME1", content=picture())
        assert await get(server, address) == Media(picture(), "image/jpeg")
        assert server.requests == [("/Media/ME1", AUTHORIZED)]


async def test_a_foreign_host_gets_no_request() -> None:
    async with media_server() as server, media_server() as other:
        address = other.serve("/x", content=picture())
        assert await rejection(server, address) == "untrusted_host"
        assert await rejection(server, address, cdn=other.url) == "untrusted_host"
        for strange in ("", "x", "ftp://127.0.0.1/x", "http://[", "http://127.0.0.1:99999/"):
            assert await rejection(server, strange) == "untrusted_host"
        assert other.requests == []


async def test_the_cdn_does_not_see_our_credentials() -> None:
    async with media_server() as server, media_server() as cdn:
        there = cdn.url.replace("127.0.0.1", "localhost")
        cdn.serve("/signed", content=picture("PNG"), content_type="image/png")
        address = server.serve("/ME1", location=f"{there}/signed?a=%2Fb")
        assert (await get(server, address, there)).declared_type == "image/png"
        assert server.requests == [("/ME1", AUTHORIZED)]
        assert cdn.requests == [("/signed", None)]


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    async with media_server() as server:
        server.serve("/there", content=picture())
        for location in ("/there", "there", f"{server.url}/there"):
            await get(server, server.serve("/ME1", location=location))
        assert server.requests.count(("/there", AUTHORIZED)) == 3


async def test_a_redirect_elsewhere_is_rejected() -> None:
    async with media_server() as server, media_server() as other:
        other.serve("/x", content=picture())
        for location in (f"{other.url}/x", "http://169.254.169.254/latest/", "file:///etc/passwd"):
            assert (
                await rejection(server, server.serve("/ME1", location=location)) == "untrusted_host"
            )
        assert other.requests == []


async def test_endless_redirects_are_rejected() -> None:
    async with media_server() as server:
        assert await rejection(server, server.serve("/ME1", location="/ME1")) == "untrusted_host"
        assert len(server.requests) == 1 + MAX_REDIRECTS


async def test_a_host_name_of_our_own_network_is_not_called() -> None:
    async with media_server() as server:
        there = server.url.replace("127.0.0.1", "localhost")
        hosts = MediaHosts({origin(URL(there)): AUTHORIZED})
        async with MediaClient(hosts) as client:
            with pytest.raises(MediaUnavailable, match="own network"):
                await client.get(f"{there}/ME1")
        assert server.requests == []


@pytest.mark.parametrize(
    ("status", "gone"),
    [(404, True), (410, True), (401, False), (429, False), (500, False), (204, False)],
)
async def test_other_statuses_are_unavailable(status: int, *, gone: bool) -> None:
    async with media_server() as server:
        with pytest.raises(MediaUnavailable) as raised:
            await get(server, server.serve("/ME1", status=status))
        assert raised.value.gone is gone


async def test_a_file_that_is_too_large_is_not_read() -> None:
    async with media_server() as server:
        content = b"\xff\xd8\xff" + bytes(4 * MAX_FILE_BYTES)
        assert await rejection(server, server.serve("/ME1", content=content)) == "too_large"
        streamed = server.serve("/ME2", content=content, drip=0.001)
        server.bytes_sent = 0
        assert await rejection(server, streamed) == "too_large"
        assert server.bytes_sent < 2 * MAX_FILE_BYTES


async def test_the_largest_file_allowed_is_fetched() -> None:
    async with media_server() as server:
        address = server.serve("/ME1", content=bytes(MAX_FILE_BYTES), drip=0)
        assert len((await get(server, address)).content) == MAX_FILE_BYTES


@pytest.mark.parametrize("how", [{"seconds": 5}, {"drip": 1.0, "content": bytes(400_000)}])
async def test_a_slow_response_is_unavailable(how: dict[str, object]) -> None:
    """Both would be complete in the end: only the limit of the whole request ends them before."""
    async with media_server() as server:
        with pytest.raises(MediaUnavailable, match="Timeout"):
            await get(server, server.serve("/ME1", **how), seconds=0.4)
        assert server.requests == [("/ME1", AUTHORIZED)]


async def test_a_lost_connection_is_unavailable() -> None:
    async with media_server() as server:
        with pytest.raises(MediaUnavailable):
            await get(server, server.serve("/ME1", hangs_up=True))
        nobody = server.url
    with pytest.raises(MediaUnavailable):
        await get(server, f"{nobody}/ME1")


async def test_a_compressed_response_is_not_decompressed() -> None:
    async with media_server() as server:
        small = gzip.compress(bytes(MAX_FILE_BYTES))
        address = server.serve("/ME1", content=small, encoding="gzip")
        assert (await get(server, address)).content == small
