"""Whom `up --dev` serves. What it does is in test_up.py."""

import pytest

from service_desk.embedded.server import ServerError
from service_desk.operating.reloading import require_local


@pytest.mark.parametrize(
    ("host", "public_url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("192.0.2.1", "http://127.0.0.1:8000"),
        ("127.0.0.1", "https://desk.example"),
        ("desk.example", "http://localhost:8000"),
    ],
)
def test_outsiders_are_not_served(host: str, public_url: str) -> None:
    with pytest.raises(ServerError, match="this machine only"):
        require_local(host, public_url)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_is_served(host: str) -> None:
    require_local(host, "http://127.0.0.1:8000")
