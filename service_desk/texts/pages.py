"""/settings/texts: every automatic text, as shipped or as edited."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Struct

from service_desk import wall_clock
from service_desk.errors import Conflict, DeskError, InvalidInput, NotFound
from service_desk.rules.codes import code_from
from service_desk.rules.messages.sms_segments import Segments, segments_of
from service_desk.rules.messages.templates import placeholders
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.rules.words.plain_text import strip_unstorable
from service_desk.texts.catalogue import (
    GROUPS,
    group_of,
    optional_placeholders,
    sample_values,
    title_of,
)
from service_desk.texts.customer_texts import TEXTS
from service_desk.texts.editing import (
    CurrentText,
    all_texts,
    check_text,
    current_texts,
    reset_text,
    save_texts,
    text_history,
)
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.forms import Form, read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other


class TextPreview(Struct, frozen=True):
    """What would be sent, or why it cannot be (`error`). `segments`: for an SMS only."""

    locale: Locale
    body: str = ""
    segments: Segments | None = None
    error: str = ""


@get("/settings/texts", guards=[needs_supervisor])
async def show_texts(request: StaffRequest) -> Response[str]:
    return page(
        request,
        "settings/texts.html",
        groups=GROUPS,
        titles={name: title_of(name) for name in TEXTS},
        texts=await all_texts(),
    )


@get("/settings/texts/{name:str}", guards=[needs_supervisor])
async def show_text(request: StaffRequest, name: FromPath[str]) -> Response[str]:
    return await _page(request, name)


@post("/settings/texts/{name:str}", guards=[needs_supervisor])
async def edit_text(request: StaffRequest, name: FromPath[str]) -> Response[Any]:
    form = await read_form(request)
    if form.get("do") == "preview":
        return await _page(request, name, form)
    based_on: dict[Locale, int] = {
        locale: _parse_int(form.get(f"version_{locale}", "")) for locale in LOCALES
    }
    bodies: dict[Locale, str] = {locale: form[locale] for locale in LOCALES if locale in form}
    try:
        await save_texts(
            name, bodies, based_on=based_on, staff_id=request.user.staff_id, now=wall_clock.now()
        )
    except NotFound:
        raise
    except DeskError as error:
        return await _page(request, name, form, error)
    return see_other(f"/settings/texts/{name}?saved=1")


@post("/settings/texts/{name:str}/reset/{locale:str}", guards=[needs_supervisor])
async def reset(request: StaffRequest, name: FromPath[str], locale: FromPath[str]) -> Response[Any]:
    form, by, now = await read_form(request), request.user.staff_id, wall_clock.now()
    based_on = _parse_int(form["version"]) if "version" in form else None
    try:
        await reset_text(name, _language(locale), staff_id=by, now=now, based_on=based_on)
    except Conflict as error:
        return await _page(request, name, error=error)
    return see_other(f"/settings/texts/{name}?saved=1")


@post("/settings/texts/{name:str}/preview/{locale:str}", guards=[needs_supervisor], status_code=200)
async def show_preview(
    request: StaffRequest, name: FromPath[str], locale: FromPath[str]
) -> Response[str]:
    """The text being typed, filled in."""
    body = (await read_form(request)).get(locale, "")
    preview = preview_of(name, _language(locale), body, reader=locale_of(request))
    return page(request, "settings/text_preview.html", preview=preview)


def preview_of(name: str, locale: Locale, body: str, *, reader: Locale) -> TextPreview:
    """Raises NotFound for an unknown text."""
    body = strip_unstorable(body).strip()
    try:
        check_text(name, locale, body)
    except InvalidInput as error:
        return TextPreview(locale, error=error_text(error, reader))
    filled = body.format(**sample_values(locale))
    segments = segments_of(filled) if group_of(name).kind == "sms" else None
    return TextPreview(locale, filled, segments)


async def _page(
    request: StaffRequest, name: str, form: Form | None = None, error: DeskError | None = None
) -> Response[str]:
    texts, reader = await current_texts(name), locale_of(request)
    typed = {locale: (form or {}).get(locale, texts[locale].body) for locale in LOCALES}
    samples = sample_values(reader)
    named = sorted(placeholders(TEXTS[name].en))
    return page(
        request,
        "settings/text.html",
        status=error.status if error else 200,
        name=name,
        title=title_of(name),
        group=group_of(name),
        texts=texts,
        shipped={locale: TEXTS[name].in_locale(locale) for locale in LOCALES},
        typed=typed,
        versions=_versions(texts, None if isinstance(error, Conflict) else form),
        previews={
            locale: preview_of(name, locale, typed[locale], reader=reader) for locale in LOCALES
        },
        optional=optional_placeholders(name),
        values=[(placeholder, samples[placeholder]) for placeholder in named],
        history=await text_history(name),
        saved="saved" in request.query_params,
        conflict=error_text(error, reader) if isinstance(error, Conflict) else "",
    )


def _language(code: str) -> Locale:
    locale = code_from(code, LOCALES)
    if locale is None:
        raise NotFound("There is nothing at this address.")
    return locale


def _versions(texts: dict[Locale, CurrentText], form: Form | None) -> dict[str, int]:
    """A preview keeps the versions it was based on; who was told of a later one, has seen it."""
    return {
        locale: _parse_int((form or {}).get(f"version_{locale}", ""), texts[locale].version)
        for locale in LOCALES
    }


def _parse_int(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


router = Router(
    "/",
    route_handlers=[show_texts, show_text, edit_text, reset, show_preview],
    include_in_schema=False,
)
