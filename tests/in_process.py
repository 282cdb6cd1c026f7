"""HTTP to an app in this process: no network, no server, our event loop."""

from httpx import ASGITransport, AsyncClient
from litestar import Litestar


def client_of(app: Litestar, base_url: str = "http://desk.test") -> AsyncClient:
    """It runs no lifespan. What the app does not catch is a 500, as behind a server."""
    transport = ASGITransport(
        app,  # pyright: ignore[reportArgumentType] # ASGI all the same: Litestar's types are narrower
        raise_app_exceptions=False,
    )
    return AsyncClient(transport=transport, base_url=base_url)
