import os
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError

from service_desk.embedded.valkey import ValkeyServer
from tests.embedded.redis_client import connect


def start(data_dir: Path) -> ValkeyServer:
    server = ValkeyServer(data_dir, port=None, password="secret", fast=False)
    server.start()
    server.wait_ready()
    return server


def test_the_password_is_required_and_not_shown(tmp_path: Path) -> None:
    server = start(tmp_path)
    try:
        assert server.process is not None
        with pytest.raises(AuthenticationError):
            connect(f"redis://127.0.0.1:{server.port}").ping()
        assert "secret" not in Path(f"/proc/{server.process.pid}/cmdline").read_text()
    finally:
        server.stop()


def test_an_incomplete_command_at_the_end_is_dropped(tmp_path: Path) -> None:
    server = start(tmp_path)
    with connect(server.url) as client:
        client.set("kept", "yes")
    server.stop()
    last = next(tmp_path.glob("valkey/appendonlydir/*.incr.aof"))
    last.write_bytes(last.read_bytes() + b"*3\r\n$3\r\nSET\r\n$4\r\nhal")
    server = start(tmp_path)
    with connect(server.url) as client:
        assert client.get("kept") == b"yes"
    server.stop()


def test_unreadable_data_is_moved_aside(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    server = start(tmp_path)
    server.stop()
    last = next(tmp_path.glob("valkey/appendonlydir/*.incr.aof"))
    last.write_bytes(os.urandom(1000) + b"\r\n")
    server = start(tmp_path)
    with connect(server.url) as client:
        assert client.ping()
    server.stop()
    assert len(list(tmp_path.glob("valkey.broken-*"))) == 1
    assert "could not read its data, which is now in" in capfd.readouterr().err
