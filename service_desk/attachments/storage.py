"""The store of contents: a directory of this desk, or any object store by ATTACHMENTS_URL.

Writing a key again replaces it atomically: a reader sees the old content or the new, never a mix.

obstore's calls that block run in threads of ours. Its asynchronous ones finish in threads of its
own, which may still touch Python while this process ends: one exit in three was an abort.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from service_desk.settings import get_settings

FOLDER = "attachments"
# Together below the leases of the sweeps (60 s and more), retries included.
CONNECT_TIMEOUT, ATTEMPT_TIMEOUT, TOTAL_TIMEOUT = (
    timedelta(seconds=5),
    timedelta(seconds=20),
    timedelta(seconds=30),
)

StorageError = (BaseError, OSError)
"""What the functions below raise. A missing key is a FileNotFoundError, which is an OSError."""


def new_key() -> str:
    """A key that cannot be guessed, spread over 256 folders."""
    name = token_hex(20)
    return f"{name[:2]}/{name}"


async def put(key: str, content: bytes) -> None:
    """Store the content durably: once this returns, it survives a power cut."""
    store = attachment_store()
    await asyncio.to_thread(obstore.put, store, key, content)
    if isinstance(store, LocalStore):
        await asyncio.to_thread(_fsync, _folder() / key)


async def read(key: str) -> bytes:
    return await asyncio.to_thread(_read, attachment_store(), key)


async def remove(keys: Sequence[str]) -> None:
    """Delete these; missing keys are ignored."""
    for key in keys:
        try:
            await asyncio.to_thread(obstore.delete, attachment_store(), key)
        except FileNotFoundError:
            continue


def _read(store: ObjectStore, key: str) -> bytes:
    return bytes(obstore.get(store, key).bytes())


@cache
def attachment_store() -> ObjectStore:
    """Credentials of object stores come from the environment variables of their own tools."""
    url = get_settings().attachments_url
    if url:
        return _object_store(url)
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def _object_store(url: str) -> ObjectStore:
    try:
        return from_url(
            url,
            # http only if the endpoint in the environment is http, for a store in one's own network
            client_options={
                "connect_timeout": CONNECT_TIMEOUT,
                "timeout": ATTEMPT_TIMEOUT,
                "allow_http": True,
            },
            retry_config={"max_retries": 3, "retry_timeout": TOTAL_TIMEOUT},
        )
    except (ValueError, BaseError) as error:
        raise OSError("ATTACHMENTS_URL is not the URL of a store, like s3://bucket/desk") from error


def _folder() -> Path:
    return get_settings().data_dir.absolute() / FOLDER


def _fsync(file: Path) -> None:
    """Flush to disk: the content, then the directory entries of file and folder."""
    for path in (file, file.parent, file.parent.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
