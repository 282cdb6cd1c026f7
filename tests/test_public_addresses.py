import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from service_desk import public_addresses
from service_desk.public_addresses import PublicAddressResolver


class NameServer(AbstractResolver):
    """Says of every name what a test wants."""

    says: tuple[str, ...] = ()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0)
            for one in self.says
        ]

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("says", "called"),
    [
        (["8.8.8.8"], ["8.8.8.8"]),
        (["10.0.0.1", "8.8.8.8"], ["8.8.8.8"]),
        (["10.0.0.1"], []),
        (["64:ff9b::10.0.0.1"], []),
        (["::ffff:127.0.0.1", "fe80::1%eth0"], []),
    ],
)
async def test_only_public_addresses_are_resolved(
    monkeypatch: pytest.MonkeyPatch, says: list[str], called: list[str]
) -> None:
    monkeypatch.setattr(NameServer, "says", tuple(says))
    monkeypatch.setattr(public_addresses, "ThreadedResolver", NameServer)
    resolver = PublicAddressResolver({"named.by.us"})
    if called:
        assert [one["host"] for one in await resolver.resolve("example.com", 443)] == called
    else:
        with pytest.raises(OSError, match="own network"):
            await resolver.resolve("example.com", 443)
    ours = [one for one in says if not one.startswith("fe80")]  # never those of the link
    assert [one["host"] for one in await resolver.resolve("named.by.us", 443)] == ours
    await resolver.close()


async def test_where_private_addresses_are_allowed_those_of_the_machine_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(NameServer, "says", ("169.254.169.254", "10.0.0.1"))
    monkeypatch.setattr(public_addresses, "ThreadedResolver", NameServer)
    resolver = PublicAddressResolver(all_private=True)
    assert [one["host"] for one in await resolver.resolve("hook.test", 80)] == ["10.0.0.1"]
    await resolver.close()


async def test_real_names() -> None:
    with pytest.raises(OSError, match="own network"):
        await PublicAddressResolver().resolve("localhost", 80)
    assert await PublicAddressResolver({"localhost"}).resolve("localhost", 80)
