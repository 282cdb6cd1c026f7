"""Rendering: one Jinja environment for each language, which macros and filters then have too."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import msgspec
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from litestar import MediaType, Response
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER
from litestar.template.base import csrf_token
from markupsafe import Markup

from service_desk import wall_clock
from service_desk.errors import DeskError, Sentences
from service_desk.i18n import formats
from service_desk.i18n.delivery_errors import delivery_error
from service_desk.i18n.names import name_of, options_of, value_label
from service_desk.i18n.translate import LANGUAGES, translate, translations
from service_desk.rules.calendars.business_calendar import WEEKDAYS
from service_desk.rules.clocks.ticket_clocks import FROM_OPENING
from service_desk.rules.customers.tiering import TIERS
from service_desk.rules.edits import SHOWN_FIELD, form_values
from service_desk.rules.tickets.states import ENDED, OPEN_STATES
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET, MAX_OPTIONS
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.web.access import Connection, principal_of
from service_desk.web.locale import locale_of
from service_desk.web.static_files import STATIC

FOLDER = Path(__file__).parent / "templates"


def page(
    request: Connection, template: str, /, *, status: int = HTTP_200_OK, **values: object
) -> Response[str]:
    """A page in the reader's language. Never cached: others may not see it."""
    return Response(
        render(request, template, **values),
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Cache-Control": "no-store"},
    )


def progress_page(
    request: Connection, template: str, /, *, going_on: bool, **values: Any
) -> Response[str]:
    """The page of work that somebody waits for. Until it has ended, the page polls itself and
    replaces only the progress; then the whole page is loaded again."""
    answer = page(request, template, going_on=going_on, **values)
    if not going_on and "HX-Request" in request.headers:
        answer.headers["HX-Refresh"] = "true"
    return answer


def render(request: Connection, template: str, /, **values: object) -> str:
    """The HTML of a page, or of a fragment."""
    locale = locale_of(request)
    token = csrf_token({"request": request})
    return (
        jinja_environment(locale)
        .get_template(template)
        .render(
            me=principal_of(request),
            path=request.url.path,
            now=wall_clock.now(),
            demo=get_settings().demo,
            csrf_token=token,
            csrf_input=Markup('<input type="hidden" name="_csrf_token" value="{}">').format(token),
            **values,
        )
    )


def see_other(path: str) -> Redirect:
    """The end of every successful form: a reload does not send it again."""
    return Redirect(path, status_code=HTTP_303_SEE_OTHER)


def error_text(error: DeskError, locale: Locale) -> str:
    """The sentence in the reader's language, with the names of codes."""
    params = {name: _param_text(value, name, locale) for name, value in error.params.items()}
    return translate(error.message, locale).format(**params)


def _param_text(value: object, name: str, locale: Locale) -> str:
    if isinstance(value, Sentences):
        return " ".join(error_text(sentence, locale) for sentence in value)
    if isinstance(value, DeskError):
        return error_text(value, locale)
    if isinstance(value, datetime):
        return formats.local_time(value, get_settings().zone, locale, wall_clock.now())
    return value_label(value, name, locale)


class CompiledTemplates(BytecodeCache):
    """In memory: a template compiles once for all languages."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self.compiled.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


@cache
def jinja_environment(locale: Locale) -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        bytecode_cache=COMPILED,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    catalogue = translations(locale)
    made.install_gettext_callables(  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - the i18n extension adds it
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    tests = cast(dict[str, Any], made.tests)
    tests["ended"] = ENDED.__contains__  # of a ticket's state
    shared = cast(dict[str, Any], made.globals)
    shared.update(
        locale=locale,
        languages=LANGUAGES,
        max_options=MAX_OPTIONS,
        open_states=OPEN_STATES,
        clocks_from_opening=FROM_OPENING,
        clocks_with_target=CLOCKS_WITH_TARGET,
        tiers=TIERS,
        weekdays=WEEKDAYS,
        static=static,
        shown=shown_input,
        zip=zip,
        options_of=partial(options_of, locale=locale),
        countdown_formats={
            form: translate(text, locale) for form, text in formats.DURATIONS.items()
        },
    )
    filters = cast(dict[str, Any], made.filters)
    filters.update(
        attributes=html_attributes,
        name_of=partial(name_of, locale=locale),
        delivery_error=partial(delivery_error, locale=locale),
        localized_name=partial(_localized_name, locale=locale),
        local_time=partial(_local_time, locale=locale),
        local_date=partial(_local_date, locale=locale),
        due_in=partial(_due_in, locale=locale),
        duration=partial(formats.duration, locale=locale),
        working_time=partial(formats.working_time, locale=locale),
        money=partial(formats.money, locale=locale),
        number=partial(formats.number, locale=locale),
        sms_cost=partial(_sms_cost, locale=locale),
    )
    return made


@cache
def static(name: str) -> str:
    """The address of a file in `static/`. It names the content, so browsers cache it for ever."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def shown_input(values: Mapping[str, object], names: Sequence[str] | None = None) -> Markup:
    """A hidden field with what the form shows, which a save is compared with (web/forms.py)."""
    named = values if names is None else {name: values[name] for name in names}
    texts = msgspec.json.encode(form_values(named))
    return Markup('<input type="hidden" name="{}" value="{}">').format(SHOWN_FIELD, texts.decode())


def html_attributes(values: Mapping[str, object]) -> Markup:
    """Keyword arguments of a macro as HTML attributes: hx_get="/x" becomes hx-get="/x"."""
    parts = [
        Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value)
        for name, value in ((key.replace("_", "-"), value) for key, value in values.items())
        if value is not None and value is not False
    ]
    return Markup("").join(parts)


def _local_time(at: datetime | None, *, locale: Locale) -> Markup:
    if at is None:
        return Markup("–")
    shown = formats.local_time(at, get_settings().zone, locale, wall_clock.now())
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)


def _local_date(day: date | None, *, locale: Locale) -> str:
    return "–" if day is None else formats.local_date(day, get_settings().zone, locale)


def _due_in(due_at: datetime | None, *, locale: Locale) -> Markup:
    """A countdown, kept up to date by static/countdown.js."""
    if due_at is None:
        return Markup("–")
    seconds = int((due_at - wall_clock.now()).total_seconds())
    tone = "overdue" if seconds < 0 else "soon" if seconds < formats.SOON else "later"
    return Markup('<time class="countdown {}" datetime="{}" data-due="{}">{}</time>').format(
        tone, due_at.isoformat(), due_at.isoformat(), formats.due_in(seconds, locale)
    )


def _sms_cost(segments: int, *, locale: Locale) -> str:
    """ "" where no price is set."""
    settings = get_settings()
    if settings.segment_price is None:
        return ""
    return formats.price(settings.segment_price * segments, settings.sms_currency, locale)


def _localized_name(thing: object, *, locale: Locale) -> str:
    """`name_en` or `name_zh`; None as a dash."""
    if thing is None:
        return "–"
    return str(cast(dict[str, Any], msgspec.to_builtins(thing))[f"name_{locale}"])
