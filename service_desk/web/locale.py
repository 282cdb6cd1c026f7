"""The language of a request: the reader's own, else asked for, the browser's, or the desk's."""

from litestar.datastructures import Cookie

from service_desk.rules.codes import code_from
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.settings import get_settings
from service_desk.web.access import Connection, principal_of

LOCALE_COOKIE = "desk_lang"
A_YEAR = 365 * 86400


def locale_of(connection: Connection) -> Locale:
    principal = principal_of(connection)
    if principal is not None:
        return principal.locale
    requested = code_from(connection.query_params.get("lang"), LOCALES)
    if requested is not None:
        return requested
    preferred = _preferred(connection.headers.get("accept-language", ""))
    return chosen_locale(connection) or preferred or get_settings().locale


def chosen_locale(connection: Connection) -> Locale | None:
    """What was chosen manually on this browser, if anything."""
    return code_from(connection.cookies.get(LOCALE_COOKIE), LOCALES)


def locale_cookie(locale: Locale) -> Cookie:
    """Remembers the choice in this browser, for pages without a login."""
    return Cookie(
        key=LOCALE_COOKIE,
        value=locale,
        path="/",
        max_age=A_YEAR,
        httponly=True,
        samesite="lax",
        secure=get_settings().public_url.startswith("https:"),
    )


def _preferred(accept_language: str) -> Locale | None:
    """The one of our languages with the highest weight in an Accept-Language header."""
    weighted: list[tuple[float, Locale]] = []
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        language = code_from(tag.strip().partition("-")[0].lower(), LOCALES)
        if language is not None:
            weighted.append((-_quality(parameters), language))
    best = min(weighted, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] < 0 else None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
