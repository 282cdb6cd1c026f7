"""Work that a person waits for: exports and previews."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    BigSerial,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

ID = "2026-11-30T23:00:07:500000"
VERSION = "1.38.0"
DESCRIPTION = "Long jobs"


class Staff(Table):
    """As far as this refers to it."""

    id = BigSerial(primary_key=True)


class LongJob(Table):
    id = BigSerial(primary_key=True)
    kind = Varchar(10)
    input = JSONB()
    state = Varchar(10, default="queued")
    steps_done = Integer(default=0)
    steps_in_all = Integer(null=True, default=None)
    requested_by = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False)
    requested_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    attempts = SmallInt(default=0)
    error = Text(null=True, default=None)
    error_params = JSONB(null=True, default=None)

    long_job_kind_check = Check("kind IN ('export', 'preview')")
    long_job_state_check = Check("state IN ('queued', 'running', 'done', 'failed', 'cancelled')")


class LongJobPart(Table):
    id = BigSerial(primary_key=True)
    job = ForeignKey(LongJob, on_delete=OnDelete.cascade, null=False)
    position = Integer()
    content = Bytea()

    long_job_part_unique = Unique(["job", "position"])


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    for table in (LongJob, LongJobPart):
        name, tablename = table.__name__, table._meta.tablename
        manager.add_table(name, tablename)
        for column in table._meta.columns:
            manager.add_column(
                name,
                tablename,
                column._meta.name,
                column_class=type(column),
                params=column._meta.params,
            )
        for constraint in table._meta.constraints:
            manager.add_constraint(
                name,
                tablename,
                constraint._meta.name,
                constraint_class=type(constraint),
                params=constraint._meta.params,
            )
    return manager
