"""Due times hang on the calendar's version, not on which holidays the libraries know."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput
from service_desk.installation import load_shipped
from service_desk.rules.business_time import Calendar, Hours
from service_desk.rules.known_holidays import keep_holidays, learn_holidays
from service_desk.rules.sla_policies import SHIPPED_POLICIES
from service_desk.sla.editing import save_calendar, save_policy
from service_desk.sla.kept_holidays import keep_holidays_of_old_versions
from service_desk.sla.preview import preview_calendar
from service_desk.sla.queries import calendar_versions
from service_desk.sla.rollout import roll_out_terms
from service_desk.sla.verification import verify_clocks
from service_desk.sla.versions import forget_versions
from service_desk.tickets.queries import get_ticket
from tests.factories import NOW, make_staff, make_ticket
from tests.rules.holidays_announced import announce

HOUR = timedelta(hours=1)
DAY: Hours = [("09:00", "18:00")]
OFFICE = Calendar(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY), public_holidays="CN")
FRIDAY, SATURDAY = date(2026, 10, 16), date(2026, 10, 17)  # NOW is Thursday, 10:00 in Shanghai


async def put_standard_in_office() -> int:
    """Who did it."""
    boss = await make_staff("supervisor")
    await save_calendar("office", OFFICE, apply_to_open=False, staff_id=boss, now=NOW)
    standard = replace(SHIPPED_POLICIES[-1], targets={"response": 9 * 3600}, calendar="office")
    await save_policy(standard, apply_to_open=False, staff_id=boss, now=NOW)
    return boss


async def due(number: str) -> timedelta:
    (clock,) = (await get_ticket(number, NOW)).clocks
    return clock.due_at - NOW


async def differences() -> int:
    return sum([len(batch.differences) async for batch in verify_clocks(NOW + HOUR)])


async def test_a_newer_library_moves_nothing_that_was_promised(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss, number = await put_standard_in_office(), (await make_ticket("One")).number
    assert await due(number) == 24 * HOUR
    announce(monkeypatch, off=FRIDAY, worked=SATURDAY)
    forget_versions()
    assert await differences() == 0
    assert await due((await make_ticket("Two", phone="+8613800138001")).number) == 24 * HOUR

    office = (await calendar_versions("office"))[0].calendar
    assert (await preview_calendar("office", office, NOW)).tickets == 0
    learned = learn_holidays(office, NOW.date())
    foretold = await preview_calendar("office", learned, NOW)
    assert (foretold.tickets, foretold.examples[0].would_be) == (2, NOW + 48 * HOUR)
    await save_calendar("office", learned, apply_to_open=True, staff_id=boss, now=NOW)
    assert await roll_out_terms(NOW) == 2
    assert await due(number) == 48 * HOUR
    assert await differences() == 0


async def test_saved_without_it_keeps_what_is_known_by_now(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = await put_standard_in_office()
    announce(monkeypatch, off=FRIDAY, worked=SATURDAY)
    assert (await preview_calendar("office", OFFICE, NOW)).open_tickets == 0
    await save_calendar("office", OFFICE, apply_to_open=False, staff_id=boss, now=NOW)
    newer, older = [version.calendar for version in await calendar_versions("office")]
    assert newer == learn_holidays(OFFICE, NOW.date())
    assert newer.known_holidays is not None
    assert older.known_holidays is not None
    assert set(newer.known_holidays.closed) - set(older.known_holidays.closed) == {FRIDAY}
    assert set(newer.known_holidays.worked) - set(older.known_holidays.worked) == {SATURDAY}
    assert await due((await make_ticket()).number) == 48 * HOUR


async def test_days_of_a_country_that_there_is_not(desk: str) -> None:
    boss = await make_staff("supervisor")
    known = keep_holidays(OFFICE, NOW.date()).known_holidays
    assert known is not None
    nowhere = replace(OFFICE, public_holidays="XX", known_holidays=replace(known, country="XX"))
    with pytest.raises(InvalidInput, match="'XX' is not known"):
        await save_calendar("office", nowhere, apply_to_open=False, staff_id=boss, now=NOW)


async def test_versions_from_before_are_given_theirs_once(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, calendar in (("old", OFFICE), ("plain", replace(OFFICE, public_holidays=None))):
        await fetch(
            "INSERT INTO calendar_version (name, version, body, created_at) "
            "VALUES ($1, 1, $2::jsonb - 'known_holidays', $3)",
            *(name, calendar, NOW),
        )
    await keep_holidays_of_old_versions(NOW)
    kept = (await calendar_versions("old"))[0].calendar
    assert kept == keep_holidays(OFFICE, NOW.date())
    announce(monkeypatch, off=FRIDAY, worked=SATURDAY)
    await load_shipped(NOW)
    await keep_holidays_of_old_versions(NOW + 1000 * HOUR)
    assert (await calendar_versions("old"))[0].calendar == kept
    plain = await fetch_value("SELECT body FROM calendar_version WHERE name = 'plain'")
    assert "known_holidays" not in plain
