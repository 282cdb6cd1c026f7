"""`service-desk backup` and `restore`: the database and the attachments, in one tar file.

    database.dump    pg_dump's custom format, of one snapshot: the desk may run meanwhile
    attachments/     as in DESK_DATA_DIR; those in an ATTACHMENTS_URL are not included

Written in this order, so that no row names an attachment that the file lacks. Valkey holds no truth
and is left out. So are secrets: the settings, and the keys in the data directory.
"""

import asyncio
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import click

from service_desk.commands import desk_servers
from service_desk.embedded.postgres import postgres_binary
from service_desk.settings import get_settings

DUMP, ATTACHMENTS = "database.dump", "attachments"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def backup(file: Path, force: bool) -> None:
    """Write the desk's data to FILE, a tar file. The desk may run meanwhile."""
    if file.exists() and not force:
        raise click.ClickException(
            f"{file} exists already. Name another file, or replace it with --force."
        )
    with desk_servers() as urls, tempfile.TemporaryDirectory(dir=writable_folder(file)) as folder:
        made, dump = Path(folder) / "backup.tar", Path(folder) / DUMP
        run_tool("pg_dump", ["--format=custom", f"--file={dump}"], urls.database_url)
        with tarfile.open(made, "w") as archive:
            archive.add(dump, DUMP)
            attachments = get_settings().data_dir / ATTACHMENTS
            if attachments.is_dir():
                archive.add(attachments, ATTACHMENTS)
        made.chmod(0o600)
        made.replace(file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Replace the present data without asking.")
def restore(file: Path, yes: bool) -> None:
    """Replace the desk's data by the backup FILE, and bring it to this release.

    All or nothing for the database. Attachments are added to the present ones.
    """
    from service_desk import installation, wall_clock

    with tempfile.TemporaryDirectory() as folder, desk_servers() as urls:
        names = unpack(file, Path(folder))
        if not yes:
            click.confirm("This replaces all data of the desk. Continue?", abort=True)
        run_tool(
            "pg_restore",
            ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error",
             "--dbname", plain_url(urls.database_url), str(Path(folder) / DUMP)],
            urls.database_url,
        )  # fmt: skip
        restore_attachments(Path(folder) / ATTACHMENTS, get_settings().data_dir / ATTACHMENTS)
        asyncio.run(installation.upgrade_database(urls.database_url, wall_clock.now()))
    click.echo(f"{file}: the database and {len(names) - 1} attachments are restored.")


def writable_folder(file: Path) -> Path:
    folder = file.absolute().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise click.ClickException(f"Cannot write into {folder}: choose another folder.")
    return folder


def unpack(file: Path, folder: Path) -> list[str]:
    """Extract the backup into `folder`; the names of its files."""
    try:
        with tarfile.open(file) as archive:
            members = [member for member in archive.getmembers() if member.isfile()]
            names = [member.name for member in members]
            if any(not is_backup_member(name) for name in names) or DUMP not in names:
                raise tarfile.TarError("unexpected names")
            for member in members:
                extract(archive, member, folder / member.name)
    except (tarfile.TarError, OSError) as error:
        raise click.ClickException(f"{file} is not a backup of a desk ({error}).") from error
    return names


def extract(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Write the content only: no owner, mode or link from the archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    if source is None:
        raise tarfile.TarError(f"{member.name} has no content")
    with source, path.open("wb") as target:
        shutil.copyfileobj(source, target)


def is_backup_member(name: str) -> bool:
    parts = Path(name).parts
    return name == DUMP or (parts[0] == ATTACHMENTS and ".." not in parts)


def restore_attachments(source: Path, target: Path) -> None:
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def run_tool(program: str, arguments: Sequence[str], database_url: str) -> None:
    """Run a PostgreSQL client program; it gets the password by environment, not command line."""
    url = urlsplit(database_url)
    environ = os.environ | {"PGPASSWORD": unquote(url.password or "")}
    command = [str(postgres_binary(program)), *arguments]
    if program == "pg_dump":
        command.append(plain_url(database_url))
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{program} failed: {done.stderr.strip()}")


def plain_url(database_url: str) -> str:
    """The URL as libpq reads it, without the password."""
    url = urlsplit(database_url)
    user = f"{url.username}@" if url.username else ""
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname or ""
    port = f":{url.port}" if url.port else ""
    options = "&".join(f"{name}={value}" for name, value in parse_qsl(url.query))
    return f"postgresql://{user}{host}{port}{url.path}" + (f"?{options}" if options else "")
