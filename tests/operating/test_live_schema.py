from pathlib import Path

import asyncpg
import pytest

from service_desk.migrating import migrate
from service_desk.operating.live_schema import Schema, differences, schema_of
from tests.command_line import Done
from tests.databases import database_of_its_own
from tests.operating.desk import run_here

TICKET: Schema = {
    ("table", "", "ticket"): "",
    ("column", "ticket", "number"): "character varying(20) NOT NULL",
    ("index", "ticket", "ticket_queue"): "CREATE INDEX ticket_queue ON ticket (number)",
}
STAFF: Schema = {
    ("table", "", "staff"): "",
    ("column", "staff", "name"): "text",
}


@pytest.mark.parametrize(
    ("wanted", "present", "sentences"),
    [
        (TICKET, TICKET, []),
        (TICKET, {}, ["table ticket is missing"]),
        (TICKET, TICKET | STAFF, ["table staff is not of this release"]),
        (
            {**TICKET, ("column", "ticket", "kind"): "text"},
            TICKET,
            ["column ticket.kind is missing"],
        ),
        (
            TICKET,
            {**TICKET, ("column", "ticket", "number"): "text"},
            ["column ticket.number is text, and should be character varying(20) NOT NULL"],
        ),
    ],
)
def test_differences(wanted: Schema, present: Schema, sentences: list[str]) -> None:
    assert list(differences(wanted, present)) == sentences


MANUAL_CHANGES = """
DROP INDEX ticket_queue_index;
DROP TABLE demo_clock;
ALTER TABLE ticket ALTER number TYPE varchar(30), ALTER state DROP NOT NULL,
    ALTER kind DROP DEFAULT, DROP COLUMN rank_because, DROP CONSTRAINT ticket_kind_check;
ALTER TABLE ticket_event DISABLE TRIGGER ticket_event_append_only;
DROP TRIGGER deposit_entry_append_only ON deposit_entry;
CREATE TABLE mine ();
"""
APPEND_ONLY = (
    "CREATE TRIGGER ticket_event_append_only BEFORE DELETE OR UPDATE ON ticket_event "
    "FOR EACH ROW EXECUTE FUNCTION reject_change()"
)


async def test_manual_changes_of_a_database_are_named(database: str, tmp_path: Path) -> None:
    async with database_of_its_own(database) as url:
        await migrate()
        untouched = await schema_of(url)
        checked = await check(tmp_path, url)
        assert (checked.code, checked.stderr) == (0, "")
        assert checked.stdout.endswith("The database agrees with them.\n")

        connection = await asyncpg.connect(url)
        await connection.execute(MANUAL_CHANGES)
        await connection.close()
        found = list(differences(untouched, await schema_of(url)))
        assert [sentence.partition(", and should be ")[0] for sentence in found] == [
            "column ticket.kind is character varying(20) NOT NULL",
            "column ticket.number is character varying(30) NOT NULL DEFAULT ''::character varying",
            "column ticket.rank_because is missing",
            "column ticket.state is character varying(20) DEFAULT 'new'::character varying",
            "constraint ticket.ticket_kind_check is missing",
            "index ticket.ticket_queue_index is missing",
            "table demo_clock is missing",
            "table mine is not of this release",
            "trigger deposit_entry.deposit_entry_append_only is missing",
            f"trigger ticket_event.ticket_event_append_only is {APPEND_ONLY} (disabled)",
        ]
        checked = await check(tmp_path, url)
        assert checked.code == 1
        assert all(difference in checked.stderr for difference in found)


async def check(folder: Path, database_url: str) -> Done:
    return await run_here(folder / "data", "migrate", "--check", DATABASE_URL=database_url)
