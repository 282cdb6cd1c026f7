"""`service-desk backup` and `restore`: the database and the attachments, in one tar file.

The desk may run during a backup: what was attached is dumped before it is packed, so no row names
an attachment that the file lacks. Those in an ATTACHMENTS_URL are not included. Valkey holds no
truth and is left out. So are secrets: the settings, and the keys in the data directory.
"""

import asyncio
import os
import shutil
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

import click

from service_desk.commands import desk_servers
from service_desk.embedded import Servers, desk_at_work
from service_desk.engine import lends_servers
from service_desk.migrating import migration_ids, newest_migration
from service_desk.operating.backups.archive import (
    ATTACHMENTS,
    DUMP,
    FileFacts,
    Manifest,
    NoBackup,
    add_file,
    add_folder,
    add_manifest,
    unpack,
)
from service_desk.operating.backups.loading import (
    Dumped,
    dump_database,
    inspect,
    load_beside,
    other_sessions,
    replace_database,
)
from service_desk.settings import get_settings


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
        _refuse_pooler(urls.database_url)
        dumped = asyncio.run(dump_database(urls.database_url, dump))
        with tarfile.open(made, "w") as archive:
            files = {DUMP: add_file(archive, dump, DUMP)}
            files |= add_folder(archive, get_settings().data_dir / ATTACHMENTS, ATTACHMENTS)
            add_manifest(archive, _manifest(dumped, files))
        made.chmod(0o600)
        made.replace(file)
    click.echo(
        f"{file}: {file.stat().st_size:,} bytes, {sum(dumped.rows.values()):,} rows, "
        f"{len(files) - 1:,} attachments."
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Replace the present data without asking.")
def restore(file: Path, yes: bool) -> None:
    """Replace the desk's data by the backup FILE, and bring it to this release.

    Everything is checked before anything is touched. The database is replaced as a whole or stays
    as it was. Attachments are added to the present ones.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        manifest = _checked(file, folder)
        _refuse_running()
        with desk_servers() as urls:
            _refuse_pooler(urls.database_url)
            _refuse_sessions(urls.database_url)
            if not yes:
                click.confirm("This replaces all data of the desk. Continue?", abort=True)
            click.echo("Loading the backup beside the present data …")
            with Servers(folder / "beside", valkey=False, fast=True) as beside:
                content = _load(file, folder, beside, manifest)
                attachments = add_attachments(
                    folder / ATTACHMENTS, get_settings().data_dir / ATTACHMENTS
                )
                click.echo("Putting it in place …")
                _refuse_sessions(urls.database_url)
                replace_database(beside.database_url, content, urls.database_url, folder)
    rows = sum(content.rows.values())
    click.echo(
        f"{file}: the database with {rows:,} rows and {attachments:,} attachments are restored."
    )


def _manifest(dumped: Dumped, files: dict[str, FileFacts]) -> Manifest:
    from service_desk import wall_clock

    return Manifest(
        wall_clock.real_now(), version("service-desk"), dumped.postgres, dumped.migrations,
        dumped.rows, files,
    )  # fmt: skip


def _checked(file: Path, folder: Path) -> Manifest | None:
    """Unpacked into `folder`. Raises ClickException for what cannot be restored here."""
    try:
        manifest = unpack(file, folder)
    except NoBackup as error:
        raise click.ClickException(
            f"{file} is not a whole backup of a desk ({error}). Nothing was changed."
        ) from error
    if manifest is None:
        click.echo(f"{file} was made by a release without manifests: it is checked as it loads.")
    else:
        _refuse_newer(file, manifest.migrations, f"release {manifest.release}")
    return manifest


def _refuse_newer(file: Path, migrations: list[str], maker: str) -> None:
    unknown = sorted(set(migrations) - migration_ids())
    if unknown:
        raise click.ClickException(
            f"{file} was made by a newer desk ({maker}): its database is at {unknown[-1]}, and "
            f"this release {version('service-desk')} knows it up to {newest_migration()}. Install "
            "the release that made it, or a later one, and restore there. Nothing was changed."
        )


def _refuse_running() -> None:
    settings = get_settings()
    process = None if settings.database_url else desk_at_work(settings.data_dir.absolute())
    if process:
        raise click.ClickException(
            f"A desk runs on {settings.data_dir} (process {process}). Stop it first, then restore. "
            "Nothing was changed."
        )


def _refuse_pooler(database_url: str) -> None:
    """A dump is one session with many transactions."""
    if asyncio.run(lends_servers({"dsn": database_url})):
        raise click.ClickException(
            "DATABASE_URL leads to PgBouncer, or another pooler, in transaction mode. For this "
            "command set it to the address of PostgreSQL itself."
        )


def _refuse_sessions(database_url: str) -> None:
    others = asyncio.run(other_sessions(database_url))
    if others:
        raise click.ClickException(
            f"The database is in use by {others} other connections. Stop the desk's web and worker "
            "processes, and whatever else is connected, then restore. Nothing was changed."
        )


def _load(file: Path, folder: Path, beside: Servers, manifest: Manifest | None) -> Dumped:
    """Into `beside`, counted, and brought to this release."""
    from service_desk import installation, wall_clock

    load_beside(folder / DUMP, beside, folder)
    loaded = asyncio.run(inspect(beside.database_url))
    _refuse_newer(file, loaded.migrations, "its release is not named")
    if not loaded.migrations:
        raise click.ClickException(f"{file} has no database of a desk. Nothing was changed.")
    if manifest is not None and loaded.rows != manifest.rows:
        raise click.ClickException(
            f"{file} does not have the rows that its manifest names. Nothing was changed."
        )
    asyncio.run(installation.upgrade_database(beside.database_url, wall_clock.now()))
    return asyncio.run(inspect(beside.database_url))


def add_attachments(source: Path, target: Path) -> int:
    """Copy each file whole or not at all; how many there are."""
    files = [path for path in source.rglob("*") if path.is_file()]
    for file in files:
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f".{copy.name}.part")
        shutil.copyfile(file, part)
        part.replace(copy)
    return len(files)


def writable_folder(file: Path) -> Path:
    folder = file.absolute().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise click.ClickException(f"Cannot write into {folder}: choose another folder.")
    return folder
