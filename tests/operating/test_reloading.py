"""`up --dev`: real processes, restarted by a touched file."""

import time
from pathlib import Path

import psutil
import pytest

from service_desk.embedded.server import ServerError
from service_desk.operating import reloading
from service_desk.operating.reloading import require_local
from tests.operating.test_up import TIMEOUT, Desk, running_desk

SOURCE = Path(reloading.__file__).parent.parent / "web/templates/error.html"


def test_a_touched_file_restarts_web_and_worker_but_not_the_servers(data_dir: Path) -> None:
    with running_desk(data_dir, "--dev") as desk:
        desk.wait_for("is ready")
        web, worker, postgres = (
            program(desk, "service_desk.cli web"),
            program(desk, "service_desk.cli worker"),
            desk.child("bin/postgres"),
        )
        SOURCE.touch()
        until = time.monotonic() + TIMEOUT
        while (
            program(desk, "service_desk.cli web") in (None, web)
            or program(desk, "service_desk.cli worker") in (None, worker)
            or not desk.is_ready()
        ):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert desk.child("bin/postgres") == postgres


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


def program(desk: Desk, mark: str) -> psutil.Process | None:
    """The program itself, below the one that watches the files."""
    for process in psutil.Process(desk.process.pid).children(recursive=True):
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if mark in line and "watchfiles" not in line:
            return process
    return None
