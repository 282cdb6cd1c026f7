"""Shared by the forms of policies and calendars: drafts, whom to apply them to, errors, and the
page of a preview that takes a while."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.errors import DeskError, InvalidInput
from service_desk.long_jobs.operations import UNFINISHED
from service_desk.long_jobs.pages import cancel_and_retry
from service_desk.long_jobs.queries import get_job
from service_desk.rules.words.languages import Locale
from service_desk.sla_settings.preview import EditPreview
from service_desk.sla_settings.preview_jobs import (
    CalendarEdit,
    Edit,
    OrderChange,
    PolicyEdit,
    Retirement,
    edit_of,
    preview_or_start,
)
from service_desk.sla_settings.schemas import CalendarInput, PolicyInput
from service_desk.sla_settings.wording import field_label
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.templates import error_text, progress_page, see_other

T = TypeVar("T")

PREVIEWS = "/settings/previews"
APPLY_CHOICES = {"open": True, "new": False}
"""Values of the buttons: for open tickets too, or for new tickets only."""


class EditFormError(msgspec.Struct, frozen=True):
    """`label`: the label of the field in the form."""

    sentence: str
    field: str | None
    label: str | None


def form_error(error: DeskError, locale: Locale) -> EditFormError:
    return EditFormError(error_text(error, locale), error.field, field_label(error.field, locale))


def write_draft(draft: object) -> str:
    """The draft travels in the preview page, so that exactly what was previewed is saved."""
    return msgspec.json.encode(draft).decode()


def read_draft(form: Mapping[str, Sequence[str]], shape: type[T]) -> T:
    try:
        return msgspec.json.decode(form.get("draft", [""])[-1], type=shape)
    except msgspec.MsgspecError as error:
        raise InvalidInput("The input does not fit: {reason}.", reason=str(error)) from error


def applies_to_open(form: Mapping[str, Sequence[str]]) -> bool:
    chosen = APPLY_CHOICES.get(form.get("apply", [""])[-1])
    if chosen is None:
        raise InvalidInput("Choose whether the new terms apply to open tickets too.", field="apply")
    return chosen


ShowPreview = Callable[[StaffRequest, Edit, EditPreview], Awaitable[Response[str]]]


async def preview_or_wait(request: StaffRequest, edit: Edit, show: ShowPreview) -> Response[Any]:
    """The preview, as `show` shows it; on a large desk the page of its progress, which goes on to
    the same."""
    found = await preview_or_start(edit, staff_id=request.user.staff_id, now=wall_clock.now())
    if isinstance(found, int):
        return see_other(f"{PREVIEWS}/{found}")
    return await show(request, edit, found)


@get(PREVIEWS + "/{job:int}", guards=[needs_supervisor])
async def show_progress(request: StaffRequest, job: FromPath[int]) -> Response[Any]:
    """Of a preview; when it is done, loaded again, it is the preview."""
    me = request.user
    found = await get_job(job, "preview", staff_id=me.staff_id, locale=me.locale)
    edit = edit_of(found)
    if found.state == "done" and "HX-Request" not in request.headers:
        kind = "calendar" if isinstance(edit, CalendarEdit) else "policy"
        return see_other(f"/settings/{kind}/preview/{job}")
    return progress_page(
        request,
        "settings/preview_progress.html",
        job=found,
        going_on=found.state in UNFINISHED,
        name=_name(edit),
        is_calendar=isinstance(edit, CalendarEdit),
        draft=_draft(edit),
    )


def _name(edit: Edit) -> str:
    match edit:
        case PolicyEdit(policy):
            return policy.name
        case OrderChange(move):
            return move.name
        case CalendarEdit(name) | Retirement(name):
            return name


def _draft(edit: Edit) -> str | None:
    """What was typed, so that it can be edited again."""
    match edit:
        case PolicyEdit(policy, based_on):
            return write_draft(PolicyInput(policy, based_on=based_on))
        case CalendarEdit(name, calendar, based_on):
            return write_draft(CalendarInput(name, calendar, based_on=based_on))
        case _:
            return None


router = Router(
    "/",
    route_handlers=[show_progress, *cancel_and_retry(PREVIEWS, "preview", needs_supervisor)],
    include_in_schema=False,
)
