"""Fetching media over HTTP: from allowed hosts, bounded in time and size."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from urllib.parse import urljoin

import aiohttp
from msgspec import Struct
from yarl import URL

from service_desk.attachments.media_hosts import MediaHosts
from service_desk.public_addresses import PublicAddressResolver
from service_desk.rules.messages.attachments import MAX_FILE_BYTES, RejectionReason

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5, 10, 30
MAX_REDIRECTS = 3
CHUNK = 64 * 1024


class MediaRejected(Exception):
    """It must not be fetched, now or later."""

    def __init__(self, reason: RejectionReason) -> None:
        super().__init__(reason)
        self.reason: RejectionReason = reason


class MediaUnavailable(Exception):
    """It could not be fetched this time. `gone`: its host does not have it, or not yet."""

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.gone = gone


class Media(Struct, frozen=True):
    content: bytes
    declared_type: str


class MediaClient:
    """Use it as a context manager, in the running event loop."""

    def __init__(self, hosts: MediaHosts, *, seconds: float = TOTAL_SECONDS) -> None:
        self._hosts = hosts
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(
                total=seconds, connect=CONNECT_SECONDS, sock_read=READ_SECONDS
            ),
            connector=aiohttp.TCPConnector(resolver=PublicAddressResolver(hosts.private)),
            auto_decompress=False,  # against decompression bombs
            headers={"Accept-Encoding": "identity"},
        )

    async def __aenter__(self) -> "MediaClient":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(self, address: str) -> Media:
        """Raises MediaRejected or MediaUnavailable."""
        try:
            return await self._follow(URL(address))
        except ValueError as error:  # also from URL(), if it is not one
            raise MediaRejected("untrusted_host") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise MediaUnavailable(repr(error)) from error

    async def _follow(self, url: URL) -> Media:
        if self._hosts.login(url) is None:
            raise MediaRejected("untrusted_host")
        for _ in range(1 + MAX_REDIRECTS):
            async with self._request(url) as response:
                location = response.headers.get("Location", "")
                if response.status not in range(300, 400) or not location:
                    return await _read_media(response)
                # Not encoded again: the CDN signs its URLs.
                url = URL(urljoin(str(url), location), encoded=True)
        raise MediaRejected("untrusted_host")

    @asynccontextmanager
    async def _request(self, url: URL) -> AsyncGenerator[aiohttp.ClientResponse]:
        login = self._hosts.login(url)
        if login is None and not self._hosts.may_redirect_to(url):
            raise MediaRejected("untrusted_host")
        headers = {} if login is None else {"Authorization": login}
        async with self._session.get(url, headers=headers, allow_redirects=False) as response:
            yield response


async def _read_media(response: aiohttp.ClientResponse) -> Media:
    if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise MediaUnavailable(f"HTTP {response.status}", gone=True)
    if response.status != HTTPStatus.OK:
        raise MediaUnavailable(f"HTTP {response.status}")
    if (response.content_length or 0) > MAX_FILE_BYTES:
        raise MediaRejected("too_large")
    content = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        content += chunk
        if len(content) > MAX_FILE_BYTES:
            raise MediaRejected("too_large")
    return Media(bytes(content), response.content_type)
