import gzip
import time

import pytest
from yarl import URL

from service_desk.attachments.media_client import (
    MAX_REDIRECTS,
    Media,
    MediaClient,
    MediaRefused,
    MediaUnavailable,
)
from service_desk.attachments.media_hosts import MediaHosts, origin
from service_desk.rules.messages.attachments import MAX_FILE_BYTES
from tests.attachments.media_server import AUTHORIZED, MediaServer, media_server, picture


async def get(server: MediaServer, address: str, network: str = "", **options: float) -> Media:
    hosts = MediaHosts(
        {origin(URL(server.url)): AUTHORIZED},
        content_network=(URL(network),) if network else (),
        private=frozenset({"127.0.0.1", "localhost"}),
    )
    async with MediaClient(hosts, **options) as client:
        return await client.get(address)


async def refused(server: MediaServer, address: str, network: str = "") -> str:
    with pytest.raises(MediaRefused) as raised:
        await get(server, address, network)
    return raised.value.reason


async def test_it_is_fetched_with_our_login() -> None:
    async with media_server() as server:
        address = server.serve("/Media/ME1", content=picture())
        assert await get(server, address) == Media(picture(), "image/jpeg")
        assert server.asked == [("/Media/ME1", AUTHORIZED)]


async def test_a_foreign_host_is_not_even_asked() -> None:
    async with media_server() as server, media_server() as other:
        address = other.serve("/x", content=picture())
        assert await refused(server, address) == "untrusted_host"
        assert await refused(server, address, network=other.url) == "untrusted_host"
        for strange in ("", "x", "ftp://127.0.0.1/x", "http://[", "http://127.0.0.1:99999/"):
            assert await refused(server, strange) == "untrusted_host"
        assert other.asked == []


async def test_the_content_network_does_not_see_our_login() -> None:
    async with media_server() as server, media_server() as network:
        there = network.url.replace("127.0.0.1", "localhost")
        network.serve("/signed", content=picture("PNG"), content_type="image/png")
        address = server.serve("/ME1", leads_to=f"{there}/signed?a=%2Fb")
        assert (await get(server, address, there)).declared_type == "image/png"
        assert server.asked == [("/ME1", AUTHORIZED)]
        assert network.asked == [("/signed", None)]


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    async with media_server() as server:
        server.serve("/there", content=picture())
        for leads_to in ("/there", "there", f"{server.url}/there"):
            await get(server, server.serve("/ME1", leads_to=leads_to))
        assert server.asked.count(("/there", AUTHORIZED)) == 3


async def test_a_redirect_elsewhere_is_refused() -> None:
    async with media_server() as server, media_server() as other:
        other.serve("/x", content=picture())
        for leads_to in (f"{other.url}/x", "http://169.254.169.254/latest/", "file:///etc/passwd"):
            assert (
                await refused(server, server.serve("/ME1", leads_to=leads_to)) == "untrusted_host"
            )
        assert other.asked == []


async def test_redirects_without_end_are_left() -> None:
    async with media_server() as server:
        assert await refused(server, server.serve("/ME1", leads_to="/ME1")) == "untrusted_host"
        assert len(server.asked) == 1 + MAX_REDIRECTS


async def test_a_network_address_of_our_own_is_not_followed_by_name() -> None:
    async with media_server() as server:
        there = server.url.replace("127.0.0.1", "localhost")
        hosts = MediaHosts({origin(URL(there)): AUTHORIZED})
        async with MediaClient(hosts) as client:
            with pytest.raises(MediaUnavailable, match="own network"):
                await client.get(f"{there}/ME1")
        assert server.asked == []


@pytest.mark.parametrize(
    ("status", "gone"),
    [(404, True), (410, True), (401, False), (429, False), (500, False), (204, False)],
)
async def test_another_answer_is_not_now(status: int, *, gone: bool) -> None:
    async with media_server() as server:
        with pytest.raises(MediaUnavailable) as raised:
            await get(server, server.serve("/ME1", status=status))
        assert raised.value.gone is gone


async def test_what_is_too_large_is_not_read() -> None:
    async with media_server() as server:
        content = b"\xff\xd8\xff" + bytes(4 * MAX_FILE_BYTES)
        assert await refused(server, server.serve("/ME1", content=content)) == "too_large"
        streamed = server.serve("/ME2", content=content, drip=0.001)
        server.given = 0
        assert await refused(server, streamed) == "too_large"
        assert server.given < 2 * MAX_FILE_BYTES


async def test_as_large_as_allowed_is_fetched() -> None:
    async with media_server() as server:
        address = server.serve("/ME1", content=bytes(MAX_FILE_BYTES), drip=0)
        assert len((await get(server, address)).content) == MAX_FILE_BYTES


@pytest.mark.parametrize("how", [{"seconds": 5}, {"drip": 1.0, "content": bytes(400_000)}])
async def test_a_slow_answer_is_not_now(how: dict[str, object]) -> None:
    async with media_server() as server:
        began = time.monotonic()
        with pytest.raises(MediaUnavailable):
            await get(server, server.serve("/ME1", **how), seconds=0.4)
        assert time.monotonic() - began < 2


async def test_a_cut_line_is_not_now() -> None:
    async with media_server() as server:
        with pytest.raises(MediaUnavailable):
            await get(server, server.serve("/ME1", hangs_up=True))
        nobody = server.url
    with pytest.raises(MediaUnavailable):
        await get(server, f"{nobody}/ME1")


async def test_a_compressed_answer_is_not_unpacked() -> None:
    async with media_server() as server:
        small = gzip.compress(bytes(MAX_FILE_BYTES))
        address = server.serve("/ME1", content=small, encoding="gzip")
        assert (await get(server, address)).content == small
