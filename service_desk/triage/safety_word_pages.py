"""/settings/safety-words: the words that raise a ticket's severity to safety."""

from collections.abc import Iterable
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from service_desk import wall_clock
from service_desk.errors import DeskError
from service_desk.i18n.translate import N_
from service_desk.rules.words.safety_words import DANGERS_BY_KIND, HARMLESS_PHRASES
from service_desk.rules.words.safety_words.groups import GROUPS
from service_desk.triage.safety_words import (
    add_safety_words,
    danger_in,
    list_safety_words,
    remove_safety_word,
    remove_shipped_word,
)
from service_desk.web.access import StaffRequest, needs_supervisor
from service_desk.web.forms import read_form
from service_desk.web.locale import locale_of
from service_desk.web.templates import error_text, page, see_other

PATH = "/settings/safety-words"
MAX_SAMPLE_LENGTH = 2_000
KINDS = {
    "fire": N_("Fire, smoke, sparks"),
    "heat": N_("Heat, scalds, what starts by itself"),
    "shock": N_("Electric shock, bare wires"),
    "gas": N_("Gas, fumes, fuel"),
    "poison": N_("Poisoning, sickness, skin"),
    "burst": N_("Explosion, bursting glass, pressure"),
    "battery": N_("Batteries"),
    "vehicle": N_("Brakes, steering, vehicles"),
    "machine": N_("Machines, guards, blades"),
    "injury": N_("Injuries"),
    "trapped": N_("Trapped, stuck, suffocating"),
    "falling": N_("Falling, collapsing, tipping"),
    "child": N_("Swallowing, children"),
    "warning": N_("Warnings, fear, escape"),
}
HARMLESS = "harmless"
SHIPPED = DANGERS_BY_KIND | {HARMLESS: HARMLESS_PHRASES}


class ShippedKind(Struct, frozen=True):
    """What counts of a shipped kind here. `phrases`: of the one that is opened; all of them would
    be a page of two thousand."""

    kind: str
    title: str
    count: int
    opened: bool
    phrases: list[str]


@get(PATH, guards=[needs_supervisor])
async def show_words(
    request: StaffRequest, text: FromQuery[str] = "", kind: FromQuery[str] = ""
) -> Response[str]:
    """`text`: a message to test the words with. `kind`: of shipped words, to be opened."""
    return await _page(request, text=text[:MAX_SAMPLE_LENGTH], kind=kind)


@post(PATH, guards=[needs_supervisor])
async def add_words(request: StaffRequest) -> Response[Any]:
    form = await read_form(request)
    words, harmless = form.get("words", ""), form.get("harmless") == "yes"
    by, now = request.user.staff_id, wall_clock.now()
    try:
        await add_safety_words(words, harmless=harmless, staff_id=by, now=now)
    except DeskError as error:
        return await _page(request, words=words, error=error)
    return see_other(PATH)


@post(PATH + "/{word:int}/remove", guards=[needs_supervisor])
async def remove_word(request: StaffRequest, word: FromPath[int]) -> Response[Any]:
    try:
        await remove_safety_word(word)
    except DeskError as error:
        return await _page(request, error=error)
    return see_other(PATH)


@post(PATH + "/shipped/remove", guards=[needs_supervisor])
async def remove_shipped(request: StaffRequest) -> Response[Any]:
    form = await read_form(request)
    kind = form.get("kind", "")
    by, now = request.user.staff_id, wall_clock.now()
    try:
        await remove_shipped_word(form.get("word", ""), staff_id=by, now=now)
    except DeskError as error:
        return await _page(request, kind=kind, error=error)
    return see_other(f"{PATH}?kind={kind}#shipped" if kind in SHIPPED else PATH)


async def _page(
    request: StaffRequest,
    *,
    text: str = "",
    kind: str = "",
    words: str = "",
    error: DeskError | None = None,
) -> Response[str]:
    changed = await list_safety_words()
    removed = {entry.word for entry in changed if entry.removed}
    return page(
        request,
        "settings/safety_words.html",
        status=200 if error is None else error.status,
        safety_words=changed,
        text=text,
        found=await danger_in(text) if text else (),
        dangers=[_shipped(each, title, kind, removed) for each, title in KINDS.items()],
        harmless=_shipped(HARMLESS, N_("Harmless phrases"), kind, removed),
        lists=GROUPS,
        words=words,
        error="" if error is None else error_text(error, locale_of(request)),
    )


def _shipped(kind: str, title: str, opened: str, removed: Iterable[str]) -> ShippedKind:
    phrases = [phrase for phrase in SHIPPED[kind] if phrase not in removed]
    is_opened = kind == opened
    return ShippedKind(kind, title, len(phrases), is_opened, phrases if is_opened else [])


router = Router(
    "/",
    route_handlers=[show_words, add_words, remove_word, remove_shipped],
    include_in_schema=False,
)
