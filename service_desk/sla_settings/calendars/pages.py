"""Supervisors edit calendars: a form, a preview of the effects, then save."""

from functools import cache
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import available_timezones

import babel
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from service_desk import wall_clock
from service_desk.errors import DeskError, NotFound
from service_desk.rules.calendars.business_calendar import MONDAY_TO_FRIDAY, Calendar, Hours
from service_desk.rules.calendars.known_holidays import (
    adjusted_until,
    with_latest_holidays,
    with_stored_holidays,
)
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.sla_settings.calendars.days import special_days
from service_desk.sla_settings.calendars.form import (
    CalendarFields,
    calendar_from,
    fields_of,
    read_fields,
)
from service_desk.sla_settings.calendars.holidays import (
    calendar_changes,
    calendar_history,
    holiday_update_lines,
)
from service_desk.sla_settings.edit_checks import check_new_calendar
from service_desk.sla_settings.editing import save_calendar
from service_desk.sla_settings.editing_pages import (
    applies_to_open,
    form_error,
    preview_or_wait,
    read_draft,
    write_draft,
)
from service_desk.sla_settings.preview import EditPreview
from service_desk.sla_settings.preview_jobs import CalendarEdit, Edit, finished_preview
from service_desk.sla_settings.queries import calendar_versions
from service_desk.sla_settings.schemas import CalendarInput, CalendarVersionView
from service_desk.sla_settings.wording import format_hours
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.forms import form_fields
from service_desk.web.locale import locale_of
from service_desk.web.templates import page, see_other

OFFICE_HOURS: Hours = [("09:00", "12:00"), ("13:00", "18:00")]


@get("/settings/calendar", guards=[needs_supervisor])
async def edit_calendar(request: StaffRequest, name: FromQuery[str | None] = None) -> Response[str]:
    """The form of a calendar, or a form with office hours for a new one."""
    if name is None:
        return await form_page(request, fields_of("", default_calendar(), 0))
    latest = (await calendar_versions(name))[0]
    return await form_page(request, fields_of(name, latest.calendar, latest.version))


@post("/settings/calendar/preview", guards=[needs_supervisor])
async def show_preview(request: StaffRequest) -> Response[Any]:
    fields = read_fields(await form_fields(request))
    try:
        calendar = calendar_from(fields)
        await check_new_calendar(fields.name, calendar, fields.based_on)
    except DeskError as error:
        return await form_page(request, fields, error)
    return await preview_calendar(request, fields.name, calendar, fields.based_on)


@get("/settings/calendar/holidays", guards=[needs_supervisor])
async def preview_holidays(request: StaffRequest, name: FromQuery[str]) -> Response[Any]:
    """Preview the version in force with the public holidays known now."""
    latest = (await calendar_versions(name))[0]
    updated = with_latest_holidays(latest.calendar, wall_clock.now().date())
    return await preview_calendar(request, name, updated, latest.version)


@get("/settings/calendar/preview/{job:int}", guards=[needs_supervisor])
async def show_finished_preview(request: StaffRequest, job: FromPath[int]) -> Response[str]:
    edit, preview = await finished_preview(job, staff_id=request.user.staff_id)
    return await preview_page(request, edit, preview)


@post("/settings/calendar/edit", guards=[needs_supervisor])
async def edit_again(request: StaffRequest) -> Response[str]:
    """Back from the preview, with the draft."""
    draft = read_draft(await form_fields(request), CalendarInput)
    return await form_page(request, fields_of(draft.name, draft.calendar, draft.based_on or 0))


@post("/settings/calendar", guards=[needs_supervisor])
async def save(request: StaffRequest) -> Response[Any]:
    form = await form_fields(request)
    draft = read_draft(form, CalendarInput)
    try:
        await save_calendar(
            draft.name,
            draft.calendar,
            apply_to_open=applies_to_open(form),
            based_on=draft.based_on,
            staff_id=request.user.staff_id,
            now=wall_clock.now(),
        )
    except DeskError as error:
        fields = fields_of(draft.name, draft.calendar, draft.based_on or 0)
        return await form_page(request, fields, error)
    return see_other(f"/settings?{urlencode({'saved': draft.name})}#calendars")


async def preview_calendar(
    request: StaffRequest, name: str, calendar: Calendar, based_on: int
) -> Response[Any]:
    """The draft stores the holidays shown here, and is saved as it is."""
    draft = with_stored_holidays(calendar, wall_clock.now().date())
    return await preview_or_wait(request, CalendarEdit(name, draft, based_on), preview_page)


async def preview_page(request: StaffRequest, edit: Edit, preview: EditPreview) -> Response[str]:
    if not isinstance(edit, CalendarEdit):
        raise NotFound("This is the preview of a policy.")
    name, draft, based_on = edit.name, edit.calendar, edit.based_on
    versions = await versions_of(name)
    before = versions[0].calendar if versions else None
    return page(
        request,
        "settings/calendar_preview.html",
        name=name,
        based_on=based_on,
        changes=calendar_changes(before, draft, locale_of(request)),
        special=special_days(draft, wall_clock.now()),
        adjusted_until=adjusted_until(draft),
        format_hours=format_hours,
        preview=preview,
        draft=write_draft(CalendarInput(name, draft, based_on=based_on)),
    )


async def form_page(
    request: StaffRequest, fields: CalendarFields, error: DeskError | None = None
) -> Response[str]:
    locale = locale_of(request)
    versions = await versions_of(fields.name) if fields.based_on else []
    calendars = [version.calendar for version in versions]
    return page(
        request,
        "settings/calendar.html",
        status=error.status if error else 200,
        fields=fields,
        refused=form_error(error, locale) if error else None,
        zones=time_zones(),
        countries=countries(locale),
        kept=calendars[0].known_holidays if calendars else None,
        adjusted_until=adjusted_until(calendars[0]) if calendars else None,
        news=holiday_update_lines(calendars[0], wall_clock.now().date(), locale)
        if calendars
        else [],
        versions=list(zip(versions, calendar_history(calendars, locale), strict=True)),
    )


async def versions_of(name: str) -> list[CalendarVersionView]:
    """The newest first; empty for a new calendar."""
    try:
        return await calendar_versions(name)
    except NotFound:
        return []


def default_calendar() -> Calendar:
    settings = get_settings()
    return Calendar(
        tz=settings.timezone,
        week=dict.fromkeys(MONDAY_TO_FRIDAY, OFFICE_HOURS),
        public_holidays=settings.region,
    )


@cache
def time_zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone and zone[:4] != "Etc/")


@cache
def countries(locale: Locale) -> list[tuple[str, str]]:
    """Codes and names as suggestions; the rules check whether holidays are known."""
    names = cast(dict[str, str], dict(babel.Locale.parse(locale).territories))
    return sorted((code, name) for code, name in names.items() if len(code) == 2 and code != "ZZ")


router = Router(
    "/",
    route_handlers=[
        edit_calendar,
        show_preview,
        show_finished_preview,
        preview_holidays,
        edit_again,
        save,
    ],
    include_in_schema=False,
)
