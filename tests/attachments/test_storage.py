import asyncio
import os
import re
import stat
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from aiohttp import web

from service_desk.attachments import storage
from service_desk.settings import get_settings
from tests.profiles import in_depth


@pytest.fixture(params=["directory", "memory", "s3"])
async def store_kind(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: str
) -> AsyncGenerator[str]:
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))
    if request.param == "memory":
        monkeypatch.setenv("ATTACHMENTS_URL", "memory:///")
    if request.param == "s3":
        monkeypatch.setenv("ATTACHMENTS_URL", "s3://bucket/desk")
        monkeypatch.setenv("AWS_ENDPOINT_URL", bucket)
    _clear_caches()
    yield request.param
    monkeypatch.undo()
    _clear_caches()


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[str]:
    """As much of S3 as is used: signed requests that put, get and delete objects."""
    objects: dict[str, bytes] = {}

    async def answer(request: web.Request) -> web.Response:
        if "AWS4-HMAC-SHA256" not in request.headers.get("Authorization", ""):
            return web.Response(status=403)
        match request.method:
            case "PUT":
                objects[request.path] = await request.read()
                return web.Response(headers={"ETag": '"1"'})
            case "POST" if "delete" in request.query:
                keys = re.findall("<Key>([^<]+)</Key>", await request.text())
                for key in keys:
                    objects.pop(f"/bucket/{key}", None)
                deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
                return web.Response(text=f"<DeleteResult>{deleted}</DeleteResult>")
            case _ if request.path in objects:
                modified = {"Last-Modified": "Thu, 15 Oct 2026 02:00:00 GMT", "ETag": '"1"'}
                return web.Response(body=objects[request.path], headers=modified)
            case _:
                return web.Response(status=404)

    app = web.Application(client_max_size=32 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def _clear_caches() -> None:
    get_settings.cache_clear()
    storage.attachment_store.cache_clear()


async def test_put_read_replace_remove(store_kind: str) -> None:
    key, content = storage.new_key(), os.urandom(3_000_000)
    await storage.put(key, content)
    assert await storage.read(key) == content
    await storage.put(key, b"again")
    assert await storage.read(key) == b"again"
    await storage.remove([key, storage.new_key()])
    with pytest.raises(FileNotFoundError):
        await storage.read(key)


USED_ONCE = """
import asyncio
from service_desk.attachments import storage

async def use():
    key = storage.new_key()
    await storage.put(key, b"x")
    assert await storage.read(key) == b"x"
    await storage.remove([key])

asyncio.run(use())
"""


@pytest.mark.nightly
async def test_a_process_that_used_an_object_store_ends_as_it_should(bucket: str) -> None:
    """One in three aborted."""
    store = {"ATTACHMENTS_URL": "s3://bucket/desk", "AWS_ENDPOINT_URL": bucket}
    for _ in in_depth(list(range(15)), [0]):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", USED_ONCE, env={**os.environ, **store}
        )
        assert await process.wait() == 0


def test_keys_are_unguessable_and_spread() -> None:
    keys = {storage.new_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert len({key[:3] for key in keys}) > 200
    assert all(key[3:5] == key[:2] and len(key) == 43 for key in keys)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "data"))
    _clear_caches()
    yield str(tmp_path / "data" / storage.FOLDER)
    monkeypatch.undo()
    _clear_caches()


async def test_the_folder_is_private_and_holds_only_complete_files(folder: str) -> None:
    keys = [storage.new_key() for _ in range(20)]
    await asyncio.gather(*(storage.put(key, bytes(1000)) for key in keys))
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    files = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
    assert sorted(os.path.relpath(file, folder) for file in files) == sorted(keys)


async def test_a_key_cannot_leave_the_folder(folder: str) -> None:
    with pytest.raises(ValueError, match="illegal"):
        await storage.read("../webhook-key")


async def test_a_failed_write_raises_a_storage_error(folder: str) -> None:
    await storage.put("ab/x", b"1")
    with pytest.raises(storage.StorageError):
        await storage.put("ab/x/y", b"1")  # below a file
