"""Host names that lead into our own network do not resolve (rules/messages/outbound_urls.py)."""

import socket
from collections.abc import Set as AbstractSet

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from service_desk.rules.messages.outbound_urls import is_of_the_machine, is_public


class PublicAddressResolver(AbstractResolver):
    """Resolves to public addresses only, and those are connected to; `private` hosts to any, with
    `all_private` all of them. None resolves to an address of the machine's own surroundings.

    A literal address is not resolved: the caller checks it.
    """

    def __init__(
        self, private: AbstractSet[str] = frozenset(), *, all_private: bool = False
    ) -> None:
        self._private, self._all_private = private, all_private
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        private = self._all_private or host in self._private
        allowed = [found for found in results if self._allows(found["host"], private=private)]
        if not allowed:
            raise OSError(None, f"{host} is inside the desk's own network")
        return allowed

    @staticmethod
    def _allows(address: str, *, private: bool) -> bool:
        return not is_of_the_machine(address) if private else is_public(address)

    async def close(self) -> None:
        await self._resolver.close()
