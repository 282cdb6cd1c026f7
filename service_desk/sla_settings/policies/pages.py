"""Supervisors edit policies: a form, a preview of the effects, then save."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from service_desk import wall_clock
from service_desk.clocks.versions import Version
from service_desk.clocks.versions import load_versions as stored_versions
from service_desk.errors import DeskError, InvalidInput, NotFound
from service_desk.i18n.names import name_of
from service_desk.rules.customers.tiering import TIERS
from service_desk.rules.policies.policies import (
    RECIPIENTS,
    Policy,
)
from service_desk.rules.tickets.vocabulary import CHANNELS, CLOCKS_WITH_TARGET, KINDS, SEVERITIES
from service_desk.rules.words.languages import Locale
from service_desk.sla_settings.edit_checks import check_new_policy, check_retirement
from service_desk.sla_settings.editing import retire_policy, save_policy
from service_desk.sla_settings.editing_pages import (
    applies_to_open,
    form_error,
    preview_or_wait,
    read_draft,
    write_draft,
)
from service_desk.sla_settings.ordering import (
    MoveDirection,
    check_order_change,
    move_policy,
    policy_moves,
)
from service_desk.sla_settings.policies.form import (
    PolicyFields,
    fields_of,
    policy_from,
    read_fields,
)
from service_desk.sla_settings.preview import EditPreview, TicketsUnderTerms
from service_desk.sla_settings.preview_jobs import (
    CalendarEdit,
    Edit,
    OrderChange,
    PolicyEdit,
    Retirement,
    finished_preview,
)
from service_desk.sla_settings.queries import calendars_in_force, policies_in_force, policy_versions
from service_desk.sla_settings.schemas import PolicyInput, PolicyVersionView
from service_desk.sla_settings.wording import ChangedField, changes, policy_lines, version_changes
from service_desk.suppliers.queries import supplier_names
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.forms import form_fields
from service_desk.web.locale import locale_of
from service_desk.web.templates import page, see_other

NEW = Policy(name="", targets={})
LIST = "/settings#policies"


@get("/settings/policy", guards=[needs_supervisor])
async def edit_policy(request: StaffRequest, name: FromQuery[str | None] = None) -> Response[str]:
    """The form of a policy, or an empty form for a new one."""
    if name is None:
        return await form_page(request, fields_of(NEW, 0))
    latest = (await policy_versions(name))[0]
    return await form_page(request, fields_of(latest.policy, latest.version))


@post("/settings/policy/preview", guards=[needs_supervisor])
async def show_preview(request: StaffRequest) -> Response[Any]:
    fields = read_fields(await form_fields(request))
    try:
        policy = policy_from(fields)
        await check_new_policy(policy, fields.based_on)
    except DeskError as error:
        return await form_page(request, fields, error)
    return await preview_or_wait(request, PolicyEdit(policy, fields.based_on), preview_page)


@get("/settings/policy/preview/{job:int}", guards=[needs_supervisor])
async def show_finished_preview(request: StaffRequest, job: FromPath[int]) -> Response[str]:
    edit, preview = await finished_preview(job, staff_id=request.user.staff_id)
    return await preview_page(request, edit, preview)


async def preview_page(request: StaffRequest, edit: Edit, preview: EditPreview) -> Response[str]:
    match edit:
        case PolicyEdit(policy, based_on):
            return await policy_preview_page(request, policy, based_on, preview)
        case OrderChange(move):
            return page(request, "settings/policy_move.html", move=move, preview=preview)
        case Retirement(name):
            return page(request, "settings/policy_retire.html", name=name, preview=preview)
        case CalendarEdit():
            raise NotFound("This is the preview of a calendar.")


async def policy_preview_page(
    request: StaffRequest, policy: Policy, based_on: int, preview: EditPreview
) -> Response[str]:
    versions = await versions_of(policy.name)
    locale = locale_of(request)
    before = policy_lines(versions[0].policy, locale) if versions else {}
    return page(
        request,
        "settings/policy_preview.html",
        policy=policy,
        based_on=based_on,
        changes=changes(before, policy_lines(policy, locale)),
        preview=preview,
        others=await other_changes(preview, policy, based_on, locale),
        draft=write_draft(PolicyInput(policy, based_on=based_on)),
    )


@post("/settings/policy/edit", guards=[needs_supervisor])
async def edit_again(request: StaffRequest) -> Response[str]:
    """Back from the preview, with the draft."""
    draft = read_draft(await form_fields(request), PolicyInput)
    return await form_page(request, fields_of(draft.policy, draft.based_on or 0))


@post("/settings/policy", guards=[needs_supervisor])
async def save(request: StaffRequest) -> Response[Any]:
    form = await form_fields(request)
    draft = read_draft(form, PolicyInput)
    try:
        await save_policy(
            draft.policy,
            apply_to_open=applies_to_open(form),
            based_on=draft.based_on,
            staff_id=request.user.staff_id,
            now=wall_clock.now(),
        )
    except DeskError as error:
        return await form_page(request, fields_of(draft.policy, draft.based_on or 0), error)
    saved = name_of(draft.policy.name, "policy", locale_of(request))
    return see_other(f"/settings?{urlencode({'saved': saved})}#policies")


@get("/settings/policy/retire", guards=[needs_supervisor])
async def ask_to_retire(request: StaffRequest, name: FromQuery[str]) -> Response[Any]:
    await check_retirement(name)
    return await preview_or_wait(request, Retirement(name), preview_page)


@post("/settings/policy/retire", guards=[needs_supervisor])
async def retire(request: StaffRequest) -> Response[Any]:
    form = await form_fields(request)
    await retire_policy(
        form.get("name", [""])[-1],
        apply_to_open=applies_to_open(form),
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    return see_other(LIST)


@get("/settings/policy/move", guards=[needs_supervisor])
async def ask_to_move(
    request: StaffRequest, name: FromQuery[str], to: FromQuery[MoveDirection]
) -> Response[Any]:
    move = await check_order_change(name, to)
    return await preview_or_wait(request, OrderChange(move), preview_page)


@post("/settings/policy/move", guards=[needs_supervisor])
async def change_order(request: StaffRequest) -> Response[Any]:
    form = await form_fields(request)
    to = form.get("to", [""])[-1]
    if to not in ("up", "down"):
        raise InvalidInput("Choose up or down.", field="to")
    await move_policy(
        form.get("name", [""])[-1],
        to,
        apply_to_open=applies_to_open(form),
        swapped_with=form.get("swapped_with", [None])[-1],
        staff_id=request.user.staff_id,
        now=wall_clock.now(),
    )
    return see_other(LIST)


async def form_page(
    request: StaffRequest, fields: PolicyFields, error: DeskError | None = None
) -> Response[str]:
    locale = locale_of(request)
    versions = await versions_of(fields.name) if fields.based_on else []
    in_force = await policies_in_force()
    return page(
        request,
        "settings/policy.html",
        status=error.status if error else 200,
        fields=fields,
        refused=form_error(error, locale) if error else None,
        last=in_force[-1].name == fields.name,
        in_force=any(entry.name == fields.name for entry in in_force),
        clocks=CLOCKS_WITH_TARGET,
        conditions={
            "kinds": ("kind", KINDS),
            "channels": ("channel", CHANNELS),
            "severities": ("severity", SEVERITIES),
        },
        tiers=TIERS,
        suppliers=await supplier_names(),
        calendars=[entry.name for entry in await calendars_in_force()],
        recipients=RECIPIENTS,
        moves=await policy_moves(fields.name) if fields.based_on else [],
        versions=list(
            zip(
                versions,
                version_changes([policy_lines(version.policy, locale) for version in versions]),
                strict=True,
            )
        ),
    )


async def other_changes(
    preview: EditPreview, policy: Policy, based_on: int, locale: Locale
) -> list[tuple[TicketsUnderTerms, list[ChangedField]]]:
    """Changes for open tickets that are under other terms than the version that was edited, or
    would move to another policy than the previewed one."""
    tickets: Counter[tuple[Version, Version | None]] = Counter()
    for under in preview.current_terms:
        edited = (under.policy.name, under.policy.version) == (policy.name, based_on)
        if not edited or under.new_policy is not None:
            tickets[under.policy, under.new_policy] += under.tickets
    known = await stored_versions(v.id for pair in tickets for v in pair if v is not None)
    found: list[tuple[TicketsUnderTerms, list[ChangedField]]] = []
    for (current, new), count in tickets.most_common():
        lines = policy_lines(policy if new is None else known.policies[new.id], locale)
        differing = changes(policy_lines(known.policies[current.id], locale), lines)
        found.append((TicketsUnderTerms(count, current, None, new), differing))
    return found


async def versions_of(name: str) -> list[PolicyVersionView]:
    """The newest first; empty for a new policy."""
    try:
        return await policy_versions(name)
    except NotFound:
        return []


router = Router(
    "/",
    route_handlers=[
        edit_policy,
        show_preview,
        show_finished_preview,
        edit_again,
        save,
        ask_to_retire,
        retire,
        ask_to_move,
        change_order,
    ],
    include_in_schema=False,
)
