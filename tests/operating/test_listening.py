"""The web server trusts only named proxies about the caller's address."""

from typing import Any

import pytest
import uvicorn

from service_desk.operating.listening import server_options
from service_desk.settings import read_settings


@pytest.mark.parametrize(
    ("trusted", "client", "caller"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", "203.0.113.9"),
    ],
)
async def test_only_a_trusted_proxy_names_the_caller(trusted: str, client: str, caller: str):
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    settings = read_settings({"FORWARDED_ALLOW_IPS": trusted})
    # uvicorn leaves the type of what it loads open.
    config: Any = uvicorn.Config(app, lifespan="off", **server_options(settings))
    config.load()
    scope: Any = {
        "type": "http",
        "client": (client, 1),
        "headers": [(b"x-forwarded-for", b"198.51.100.7, 203.0.113.9")],
    }
    unused: Any = None
    await config.loaded_app(scope, unused, unused)
    assert seen == [caller]
