"""Editing the automatic texts: append-only, every version kept (DESIGN §2.9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import after_commit, fetch, fetch_as, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.i18n.translate import LOCALES
from service_desk.rules.messages.templates import TemplateError, check_template, placeholders
from service_desk.rules.words.plain_text import strip_unstorable
from service_desk.texts.catalogue import is_single_line, max_length_of, optional_placeholders
from service_desk.texts.customer_texts import TEXTS
from service_desk.texts.overrides import refresh_overrides


class TextVersionView(Struct, frozen=True):
    """One edit. `body` None: the shipped text was put back."""

    locale: str
    version: int
    body: str | None
    at: datetime
    by: str | None


class CurrentText(Struct, frozen=True):
    """`version`: of the last edit, 0 if there was none. `edited`: differs from what is shipped."""

    body: str
    version: int
    edited: bool


async def save_texts(
    name: str, bodies: Mapping[str, str], *, based_on: Mapping[str, int], staff_id: int,
    now: datetime,
) -> None:  # fmt: skip
    """Put these in force, by language; what did not change makes no version.

    `based_on`: the versions that were edited. Raises NotFound, InvalidInput with the language as
    its field, Conflict if somebody else was faster.
    """
    written = {
        locale: strip_unstorable(body).strip()
        for locale, body in bodies.items()
        if locale in LOCALES
    }
    for locale, body in written.items():
        check_text(name, locale, body)
    async with transaction():
        await _lock(name)
        present = await current_texts(name)
        for locale, body in written.items():
            if body == present[locale].body:
                continue
            _check_version(based_on.get(locale), present[locale].version)
            shipped = TEXTS[name].in_locale(locale)
            edit = None if body == shipped else body
            await _append(name, locale, edit, present[locale], staff_id, now)
        after_commit(refresh_overrides)


async def reset_text(name: str, locale: str, *, staff_id: int, now: datetime) -> None:
    """Put the shipped text back. Nothing happens where it is in force. Raises NotFound."""
    if name not in TEXTS or locale not in LOCALES:
        raise NotFound("There is no text called {name}.", name=name)
    async with transaction():
        await _lock(name)
        present = (await current_texts(name))[locale]
        if present.edited:
            await _append(name, locale, None, present, staff_id, now)
        after_commit(refresh_overrides)


def check_text(name: str, locale: str, body: str) -> None:
    """What saving would refuse. Raises NotFound, InvalidInput."""
    if name not in TEXTS:
        raise NotFound("There is no text called {name}.", name=name)
    try:
        check_template(
            body,
            needed=placeholders(TEXTS[name].in_locale(locale)),
            spare=optional_placeholders(name),
            longest=max_length_of(name),
            lines=not is_single_line(name),
        )
    except TemplateError as error:
        raise InvalidInput(error.message, field=locale, **error.params) from error


async def all_texts() -> dict[str, dict[str, CurrentText]]:
    """By name and language."""
    return await _current(list(TEXTS))


async def current_texts(name: str) -> dict[str, CurrentText]:
    """By language. Raises NotFound."""
    if name not in TEXTS:
        raise NotFound("There is no text called {name}.", name=name)
    return (await _current([name]))[name]


async def text_history(name: str) -> list[TextVersionView]:
    """Every edit, newest first."""
    return await fetch_as(
        TextVersionView,
        "SELECT m.locale, m.version, m.body, m.created_at AS at, s.name AS by FROM text_version m "
        "LEFT JOIN staff s ON s.id = m.created_by WHERE m.name = $1 ORDER BY m.id DESC LIMIT 50",
        name,
    )


async def _current(names: Sequence[str]) -> dict[str, dict[str, CurrentText]]:
    rows = await fetch(
        "SELECT DISTINCT ON (name, locale) name, locale, version, body FROM text_version "
        "WHERE name = ANY($1) ORDER BY name, locale, version DESC",
        names,
    )
    edits = {(row["name"], row["locale"]): (row["version"], row["body"]) for row in rows}
    found: dict[str, dict[str, CurrentText]] = {}
    for name in names:
        found[name] = {}
        for locale in LOCALES:
            version, body = edits.get((name, locale), (0, None))
            shipped = TEXTS[name].in_locale(locale)
            found[name][locale] = CurrentText(body or shipped, version, body is not None)
    return found


async def _append(
    name: str, locale: str, body: str | None, before: CurrentText, staff_id: int, now: datetime
) -> None:
    await fetch(
        "INSERT INTO text_version (name, locale, version, body, created_at, created_by) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        *(name, locale, before.version + 1, body, now, staff_id),
    )


async def _lock(name: str) -> None:
    await fetch("SELECT pg_advisory_xact_lock(hashtextextended('message text ' || $1, 0))", name)


def _check_version(based_on: int | None, version: int) -> None:
    if based_on is not None and based_on != version:
        raise Conflict("Somebody else has edited this text meanwhile. Load it again.")
