"""Desks for commands: data directories that are copied, or the servers of this run."""

import pytest

from service_desk.embedded import ServerUrls
from tests.embedded.conftest import data_dir, made_once

__all__ = ["data_dir", "made_once"]


@pytest.fixture
def urls(desk: str, servers: ServerUrls) -> dict[str, str]:
    """What names the servers of a desk that has just been installed."""
    return {"DATABASE_URL": desk, "REDIS_URL": servers.redis_url}
