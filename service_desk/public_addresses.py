"""Host names that lead into our own network do not resolve (rules/messages/outbound_urls.py)."""

import socket
from collections.abc import Set as AbstractSet

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from service_desk.rules.messages.outbound_urls import is_public


class PublicAddressResolver(AbstractResolver):
    """Resolves to public addresses only, and those are connected to; `private` hosts to any.

    A literal address is not resolved: the caller checks it.
    """

    def __init__(self, private: AbstractSet[str] = frozenset()) -> None:
        self._private = private
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        allowed = [found for found in results if host in self._private or is_public(found["host"])]
        if not allowed:
            raise OSError(None, f"{host} is inside the desk's own network")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()
