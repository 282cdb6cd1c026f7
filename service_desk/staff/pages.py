"""Log in, sign out, choose a language."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery
from litestar.response import Redirect
from litestar.status_codes import HTTP_401_UNAUTHORIZED

from service_desk import wall_clock
from service_desk.errors import TooManyRequests
from service_desk.i18n.translate import N_, translate
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import choose_locale, sign_in, sign_out
from service_desk.staff.schemas import LanguageChoice, SignIn
from service_desk.web.access import PUBLIC, principal_of
from service_desk.web.locale import locale_cookie, locale_of
from service_desk.web.security import by_https
from service_desk.web.templates import page, see_other, sentence

A_WEEK = 7 * 86400
START = "/queue"
WRONG = N_("That e-mail and password do not belong together. Please check both and try again.")

AnyRequest = Request[Any, Any, Any]


@get("/", guards=[PUBLIC])
async def start(request: AnyRequest) -> Redirect:
    return see_other(START if principal_of(request) else "/login")


@get("/login", guards=[PUBLIC])
async def show_login(request: AnyRequest, next: FromQuery[str] = "") -> Response[Any]:  # noqa: A002 - its name in the address
    if principal_of(request) is not None:
        return see_other(own_path(next) or START)
    return page(request, "staff/login.html", email="", next=next, error="")


@post("/login", guards=[PUBLIC])
async def log_in(
    request: AnyRequest,
    data: Annotated[SignIn, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    address = request.client.host if request.client else ""
    try:
        token = await sign_in(data.email, data.password, address=address, now=wall_clock.now())
    except TooManyRequests as error:
        response = _refused(request, data, error.status, sentence(error, locale_of(request)))
        response.headers["Retry-After"] = str(error.params["retry_after"])
        return response
    if token is None:
        return _refused(request, data, HTTP_401_UNAUTHORIZED, translate(WRONG, locale_of(request)))
    response = see_other(own_path(data.next) or START)
    response.set_cookie(_session(token, A_WEEK))
    return response


@post("/sign-out", guards=[PUBLIC])
async def sign_off(request: AnyRequest) -> Redirect:
    await sign_out(request.cookies.get(session_cookie(), ""))
    response = see_other("/login")
    response.set_cookie(_session("", 0))
    return response


@post("/language", guards=[PUBLIC])
async def choose_language(
    request: AnyRequest,
    data: Annotated[LanguageChoice, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    me = principal_of(request)
    if me is not None:
        await choose_locale(me.staff_id, data.locale)
    response = see_other(own_path(data.back) or "/")
    response.set_cookie(locale_cookie(data.locale))
    return response


def own_path(path: str) -> str | None:
    """The path if it leads to a page of this desk, not to somebody else's."""
    parts = urlsplit(path)
    mine = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if mine and not parts.scheme and not parts.netloc and path.isprintable() else None


def _refused(request: AnyRequest, data: SignIn, status: int, error: str) -> Response[Any]:
    return page(
        request, "staff/login.html", status=status, email=data.email, next=data.next, error=error
    )


def _session(token: str, max_age: int) -> Cookie:
    return Cookie(
        key=session_cookie(),
        value=token,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=by_https(),
    )


router = Router(
    "/",
    route_handlers=[start, show_login, log_in, sign_off, choose_language],
    include_in_schema=False,
)
