"""The monthly analysis, imports, long jobs, and the demo clock."""

from piccolo.columns import (
    JSONB,
    BigSerial,
    Bytea,
    Date,
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

from service_desk.rules.figures.monthly_figures import STORED_ANALYSIS_STATES
from service_desk.rules.tickets.vocabulary import (
    IMPORT_STATES,
    LONG_JOB_KINDS,
    LONG_JOB_STATES,
)
from service_desk.tables.conditions import one_of
from service_desk.tables.staff import Staff
from service_desk.tables.ticket import Ticket


class MonthlyAnalysis(Table):
    id = BigSerial(primary_key=True)
    month = Date(default=None, unique=True)  # its first day
    state = Varchar(10, default="draft")
    as_of = Timestamptz()  # the time whose facts the figures use
    countermeasures = JSONB(default="{}")
    drafted_at = Timestamptz()
    submitted_at = Timestamptz(null=True, default=None)
    submitted_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    signed_at = Timestamptz(null=True, default=None)
    signed_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    figures = JSONB(null=True, default=None)  # frozen when it is signed

    monthly_analysis_state_check = Check(one_of("state", STORED_ANALYSIS_STATES))


class ImportRun(Table):
    """The import of one file. An uploaded file is kept in `content` until the run ends, and while
    it can be retried."""

    id = BigSerial(primary_key=True)
    filename = Varchar(255)
    mapping = JSONB()
    state = Varchar(10, default="running")
    rows_seen = Integer(default=0)
    rows_taken = Integer(default=0)
    rows_rejected = Integer(default=0)
    started_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    started_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)
    cancelled_by = ForeignKey(Staff, on_delete=OnDelete.set_null)  # at finished_at
    content = Bytea(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)  # a worker holds the run until then
    attempts = SmallInt(default=0)  # since its last batch
    last_line = Integer(default=0)  # the last one imported: where to continue
    error = Text(null=True, default=None)  # see i18n/stored_errors.py
    error_params = JSONB(null=True, default=None)

    import_run_state_check = Check(one_of("state", IMPORT_STATES))


class ImportedTicket(Table):
    """The row that a ticket was imported from. A row is imported once."""

    id = BigSerial(primary_key=True)
    source = Varchar(60)
    external_id = Varchar(100)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    run = ForeignKey(ImportRun, on_delete=OnDelete.restrict, null=False)
    line = Integer()

    imported_ticket_unique = Unique(["source", "external_id"])


class ImportRejection(Table):
    id = BigSerial(primary_key=True)
    run = ForeignKey(ImportRun, on_delete=OnDelete.cascade, null=False)
    line = Integer()
    column = Varchar(100, null=True, default=None)
    reason = Text()


class LongJob(Table):
    """Work that somebody waits for, done by the worker. Deleted a day after its end."""

    id = BigSerial(primary_key=True)
    kind = Varchar(10)
    input = JSONB()
    state = Varchar(10, default="queued")
    steps_done = Integer(default=0)
    steps_in_all = Integer(null=True, default=None)
    requested_by = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False)
    requested_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)  # a worker does it until then
    attempts = SmallInt(default=0)
    error = Text(null=True, default=None)  # see i18n/stored_errors.py
    error_params = JSONB(null=True, default=None)

    long_job_kind_check = Check(one_of("kind", LONG_JOB_KINDS))
    long_job_state_check = Check(one_of("state", LONG_JOB_STATES))


class LongJobPart(Table):
    """A piece of the file that a long job made."""

    id = BigSerial(primary_key=True)
    job = ForeignKey(LongJob, on_delete=OnDelete.cascade, null=False)
    position = Integer()
    content = Bytea()

    long_job_part_unique = Unique(["job", "position"])


class DemoClock(Table):
    """One row: by how much demo time is ahead of real time."""

    id = BigSerial(primary_key=True)
    offset_seconds = Integer(default=0)
