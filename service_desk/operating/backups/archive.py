"""The file of a backup: a tar of the database's dump, the attachments, and a manifest.

    database.dump    pg_dump's custom format, of one snapshot
    attachments/     as in DESK_DATA_DIR
    manifest.json    what made it and when, how many rows each table has, each file's size and hash

The manifest comes last: a file that was cut, wherever, lacks it. Everything is checked against it
before a restore touches anything. Backups older than the manifest are known from cut ones by the
blocks of zeros that a tar ends with.
"""

import hashlib
import shutil
import tarfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO

import msgspec

DUMP, ATTACHMENTS, MANIFEST = "database.dump", "attachments", "manifest.json"
TAR_END = bytes(1024)


class NoBackup(Exception):
    """The file is not a whole backup; the text says why."""


class FileFacts(msgspec.Struct, frozen=True):
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`release`: of the desk that made it. `migrations`: those its database had. `rows`: of each
    table. `files`: by name in the archive."""

    made_at: datetime
    release: str
    postgres: str
    migrations: list[str]
    rows: Mapping[str, int]
    files: Mapping[str, FileFacts]
    format: int = 1


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.source.read(size)
        self.hash.update(block)
        return block


def add_file(archive: tarfile.TarFile, path: Path, name: str) -> FileFacts:
    """Add the file as it is now; what was written."""
    member = archive.gettarinfo(path, name)
    with path.open("rb") as source:
        hashed = _Hashed(source)
        archive.addfile(member, hashed)  # pyright: ignore[reportArgumentType] - only read() is used
    return FileFacts(member.size, hashed.hash.hexdigest())


def add_folder(archive: tarfile.TarFile, folder: Path, name: str) -> dict[str, FileFacts]:
    """Add its files, deeply; by their names in the archive."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path: f"{name}/{path.relative_to(folder).as_posix()}" for path in files}
    return {names[path]: add_file(archive, path, names[path]) for path in files}


def add_manifest(archive: tarfile.TarFile, manifest: Manifest) -> None:
    content = msgspec.json.format(msgspec.json.encode(manifest))
    member = tarfile.TarInfo(MANIFEST)
    member.size = len(content)
    archive.addfile(member, BytesIO(content))


def unpack(file: Path, folder: Path) -> Manifest | None:
    """Extract the backup into `folder` and check it. None: made before there were manifests.

    Raises NoBackup.
    """
    try:
        with tarfile.open(file) as archive:
            members = [member for member in archive.getmembers() if not member.isdir()]
            for member in members:
                if not (member.isfile() and is_backup_member(member.name)):
                    raise NoBackup(f"it has something named “{member.name}”")
            found = {member.name: _extract(archive, member, folder) for member in members}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NoBackup(str(error)) from error
    manifest = _read_manifest(folder, found)
    if manifest is None and not _ends_whole(file):
        raise NoBackup("it is cut off: its end is missing")
    return manifest


def is_backup_member(name: str) -> bool:
    parts = Path(name).parts
    if name in (DUMP, MANIFEST):
        return True
    return len(parts) > 1 and parts[0] == ATTACHMENTS and ".." not in parts


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> FileFacts:
    """Write the content only: no owner, mode or link from the archive."""
    path = folder / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    if source is None:
        raise NoBackup(f"{member.name} has no content")
    hashed = _Hashed(source)
    with source, path.open("wb") as target:
        shutil.copyfileobj(hashed, target)
        size = target.tell()
    return FileFacts(size, hashed.hash.hexdigest())


def _read_manifest(folder: Path, found: dict[str, FileFacts]) -> Manifest | None:
    if DUMP not in found:
        raise NoBackup(f"it has no {DUMP}")
    if found.pop(MANIFEST, None) is None:
        return None
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except msgspec.DecodeError as error:
        raise NoBackup(f"its manifest cannot be read: {error}") from error
    for name in sorted(manifest.files.keys() | found.keys()):
        if name not in found:
            raise NoBackup(f"{name} is missing")
        if found[name] != manifest.files.get(name):
            raise NoBackup(f"{name} is not what was backed up")
    return manifest


def _ends_whole(file: Path) -> bool:
    with tarfile.open(file) as archive:  # it may be compressed
        for _ in archive:
            pass
        assert archive.fileobj is not None
        archive.fileobj.seek(archive.offset)
        return archive.fileobj.read(len(TAR_END)).startswith(bytes(512))
