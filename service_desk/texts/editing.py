"""Editing the automatic texts: append-only, every version kept (DESIGN §2.9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import after_commit, fetch, transaction
from service_desk.edits.operations import change_made, refusal
from service_desk.errors import InvalidInput, NotFound, Overtaken
from service_desk.rows import get, insert, list_rows
from service_desk.rules.messages.templates import TemplateError, check_template, placeholders
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.rules.words.plain_text import strip_unstorable
from service_desk.tables import TextVersion
from service_desk.texts.catalogue import is_single_line, max_length_of, optional_placeholders
from service_desk.texts.customer_texts import TEXTS
from service_desk.texts.overrides import refresh_overrides

MAX_HISTORY = 50

# The first version has no row to lock.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('message text ' || $1, 0))"
_LATEST = """
SELECT DISTINCT ON (name, locale) name, locale, version, body FROM text_version
WHERE name = ANY($1) ORDER BY name, locale, version DESC
"""


class TextVersionView(Struct, frozen=True):
    """One edit. `body` None: reset to the shipped text."""

    locale: Locale
    version: int
    body: str | None
    at: datetime
    by: str | None


class _Editor(Struct, frozen=True):
    name: str | None
    created_by: int | None


class CurrentText(Struct, frozen=True):
    """`version`: of the last edit, 0 if there was none. `edited`: differs from the shipped text."""

    body: str
    version: int
    edited: bool


async def save_texts(
    name: str, bodies: Mapping[Locale, str], *, based_on: Mapping[Locale, int], staff_id: int,
    now: datetime,
) -> None:  # fmt: skip
    """Save new bodies by language. An unchanged one makes no version.

    `based_on`: the versions that were edited. Raises NotFound, InvalidInput with the language as
    its field, Conflict if somebody else has edited the text since.
    """
    new: dict[Locale, str] = {
        locale: strip_unstorable(body).strip() for locale, body in bodies.items()
    }
    for locale, body in new.items():
        check_text(name, locale, body)
    async with transaction():
        await _lock(name)
        current = await current_texts(name)
        for locale, body in new.items():
            if body == current[locale].body:
                continue
            if based_on.get(locale) not in (None, current[locale].version):
                raise await _overtaken(name, locale, current[locale], staff_id)
            shipped = TEXTS[name].in_locale(locale)
            edited = None if body == shipped else body
            await _append(name, locale, edited, current[locale], staff_id, now)
        after_commit(refresh_overrides)


async def reset_text(
    name: str, locale: Locale, *, staff_id: int, now: datetime, based_on: int | None = None
) -> None:
    """Go back to the shipped text, if it was edited. Raises NotFound, and Conflict like
    `save_texts`."""
    if name not in TEXTS:
        raise NotFound("There is no text called {name}.", name=name)
    async with transaction():
        await _lock(name)
        current = (await current_texts(name))[locale]
        if based_on not in (None, current.version):
            raise await _overtaken(name, locale, current, staff_id)
        if current.edited:
            await _append(name, locale, None, current, staff_id, now)
        after_commit(refresh_overrides)


def check_text(name: str, locale: Locale, body: str) -> None:
    """Raises NotFound or InvalidInput as saving would."""
    if name not in TEXTS:
        raise NotFound("There is no text called {name}.", name=name)
    try:
        check_template(
            body,
            required=placeholders(TEXTS[name].in_locale(locale)),
            optional=optional_placeholders(name),
            max_length=max_length_of(name),
            multiline=not is_single_line(name),
        )
    except TemplateError as error:
        raise InvalidInput(error.message, field=locale, **error.params) from error


async def all_texts() -> dict[str, dict[Locale, CurrentText]]:
    """By name and language."""
    return await _current(list(TEXTS))


async def current_texts(name: str) -> dict[Locale, CurrentText]:
    """By language. Raises NotFound."""
    if name not in TEXTS:
        raise NotFound("There is no text called {name}.", name=name)
    return (await _current([name]))[name]


async def text_history(name: str) -> list[TextVersionView]:
    """The latest edits, newest first."""
    return await list_rows(
        TextVersionView,
        TextVersion,
        columns={"at": TextVersion.created_at, "by": TextVersion.created_by.name},
        order_by=TextVersion.id,
        descending=True,
        limit=MAX_HISTORY,
        name=name,
    )


async def _current(names: Sequence[str]) -> dict[str, dict[Locale, CurrentText]]:
    rows = await fetch(_LATEST, names)
    edits = {(row["name"], row["locale"]): (row["version"], row["body"]) for row in rows}
    found: dict[str, dict[Locale, CurrentText]] = {}
    for name in names:
        found[name] = {}
        for locale in LOCALES:
            version, body = edits.get((name, locale), (0, None))
            shipped = TEXTS[name].in_locale(locale)
            found[name][locale] = CurrentText(body or shipped, version, body is not None)
    return found


async def _append(
    name: str, locale: Locale, body: str | None, before: CurrentText, staff_id: int, now: datetime
) -> None:
    await insert(
        TextVersion,
        name=name,
        locale=locale,
        version=before.version + 1,
        body=body,
        created_at=now,
        created_by=staff_id,
    )


async def _lock(name: str) -> None:
    await fetch(_LOCK, name)


async def _overtaken(name: str, locale: Locale, current: CurrentText, staff_id: int) -> Overtaken:
    editor = await get(
        _Editor, TextVersion, columns={"name": TextVersion.created_by.name},
        name=name, locale=locale, version=current.version,
    )  # fmt: skip
    by = None if editor is None else editor.name
    own = editor is not None and editor.created_by == staff_id
    return refusal({locale: change_made(by, "text", current.body, own=own)})
