"""Names that lead into our own network lead nowhere (rules/messages/outbound_urls.py)."""

import socket
from collections.abc import Set as AbstractSet

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from service_desk.rules.messages.outbound_urls import is_public


class PublicAddressResolver(AbstractResolver):
    """Finds public addresses only, and they are the ones that are called; for `private` hosts any.

    A literal address asks no resolver: it is its caller's to check.
    """

    def __init__(self, private: AbstractSet[str] = frozenset()) -> None:
        self._private = private
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if host in self._private or is_public(one["host"])]
        if not allowed:
            raise OSError(None, f"{host} is inside the desk's own network")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()
