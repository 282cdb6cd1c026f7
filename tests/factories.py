"""What tests need again and again, made the way the desk itself makes it."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

from msgspec.structs import replace

from service_desk import wall_clock
from service_desk.clocks.versions import clear_version_cache
from service_desk.contacts.finding import NewCustomer
from service_desk.database import DB, fetch, fetch_value
from service_desk.installation import load_shipped
from service_desk.opening.new_ticket import NewTicket, OpenedTicket
from service_desk.opening.operations import open_ticket
from service_desk.rules.tickets.vocabulary import Cause
from service_desk.tables import TABLES
from service_desk.texts.overrides import clear_overrides
from service_desk.tickets import progress
from service_desk.triage.categories import clear_category_cache
from service_desk.triage.safety_words import clear_safety_word_cache
from service_desk.valkey import valkey
from tests.emptying import empty_at_once

NOW = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)  # a Thursday, 10:00 in Shanghai
PHONE = "+8613800138000"
PASSWORD = "correct horse battery staple"

TABLE_LIST = [
    table._meta.tablename  # pyright: ignore[reportPrivateUsage] - Piccolo's documentation uses it
    for table in TABLES
]
TABLE_NAMES = ", ".join(TABLE_LIST)

# Before every test, so it is to be fast: a TRUNCATE of all tables takes fifteen times as long.
CLEAR = f"""
DO $$
DECLARE
    name text;
BEGIN
    SET LOCAL session_replication_role = replica; -- no foreign keys, no guard of the history
    FOREACH name IN ARRAY '{{{TABLE_NAMES}}}'::text[] LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL AND sequencename <> 'migration_id_seq';
END
$$
"""


class By(TypedDict):
    """Who does it and when, as most operations want it: `progress.resume(number, **by)`."""

    staff_id: int
    now: datetime


def redis() -> Any:
    """The client of Valkey with all that redis-py can; the type of `valkey()` has what we use."""
    return valkey()


async def empty_desk() -> None:
    """As newly installed, with nobody and nothing in it."""
    at_once = await empty_at_once(DB.config["dsn"])
    if not at_once:
        await fetch(CLEAR)
    await start_anew(is_loaded=at_once)


async def start_anew(*, is_loaded: bool) -> None:
    """Once the tables are empty, or again (`is_loaded`) as they were when newly installed."""
    clear_version_cache()
    clear_category_cache()
    clear_safety_word_cache()
    clear_overrides()
    if not is_loaded:
        await load_shipped(NOW)
    await redis().flushdb()


async def make_staff(role: str = "agent", email: str | None = None, **columns: Any) -> int:
    """A member of staff who cannot log in; the id."""
    return await fetch_value(
        "INSERT INTO staff (email, name, role, locale, password_hash, active, created_at) "
        "VALUES ($1, $2, $3, $4, '', true, $5) RETURNING id",
        email or f"{role}@desk.test",
        columns.get("name", role.title()),
        role,
        columns.get("locale", "en"),
        NOW,
    )


async def make_ticket(
    body: str = "The washing machine does not spin",
    *,
    phone: str | None = PHONE,
    at: datetime = NOW,
    **fields: Any,
) -> OpenedTicket:
    """A complaint by SMS, opened by the one function that opens tickets."""
    new = NewTicket("complaint", body, "sms", NewCustomer(phone=phone), received_at=at)
    return await open_ticket(replace(new, **fields), now=at)


async def resolve(
    number: str,
    resolution: str = "Done",
    cause: Cause | None = None,
    *,
    staff_id: int,
    now: datetime,
    **more: str | None,
) -> None:
    """With what a complaint takes: some category, and why the cause is unknown."""
    await fetch(
        "UPDATE ticket SET category = coalesce(category, (SELECT min(id) FROM category)) "
        "WHERE number = $1",
        number,
    )
    word = {"cause_note": "Nobody can tell", **more}
    await progress.resolve(number, resolution, cause, **word, staff_id=staff_id, now=now)


async def solved(ticket: OpenedTicket, days_ago: float = 1) -> None:
    """Resolve a ticket so long ago, by an agent of its own."""
    staff = await make_staff()
    then = wall_clock.now() - timedelta(days=days_ago)
    await resolve(ticket.number, "We mended it.", staff_id=staff, now=then)
