"""Log in, log out, choose a language."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, QueryParameter
from litestar.response import Redirect
from litestar.status_codes import HTTP_401_UNAUTHORIZED
from msgspec import Struct

from service_desk.errors import TooManyRequests
from service_desk.i18n.translate import N_, translate
from service_desk.staff.authentication import session_cookie
from service_desk.staff.operations import choose_locale, log_in, log_out
from service_desk.staff.schemas import LanguageForm, LoginForm
from service_desk.web.access import PUBLIC, AnyRequest, principal_of
from service_desk.web.locale import locale_cookie, locale_of
from service_desk.web.security import uses_https
from service_desk.web.templates import error_text, page, see_other

A_WEEK = 7 * 86400
HOME_PATH = "/queue"
WRONG_CREDENTIALS = N_("The e-mail or the password is wrong. Please check both and try again.")


@get("/", guards=[PUBLIC])
async def show_home(request: AnyRequest) -> Redirect:
    return see_other(HOME_PATH if principal_of(request) else "/login")


class Session(Struct, frozen=True):
    """`person`: the id of who is logged in with this browser."""

    person: int | None


@get("/session", guards=[PUBLIC])
async def show_session(request: AnyRequest) -> Response[Session]:
    """Asked by open pages, before a form leaves them."""
    me = principal_of(request)
    session = Session(None if me is None else me.staff_id)
    return Response(session, headers={"Cache-Control": "no-store"})


@get("/login", guards=[PUBLIC])
async def show_login(
    request: AnyRequest, target: Annotated[str, QueryParameter(name="next")] = ""
) -> Response[Any]:
    if principal_of(request) is not None:
        return see_other(safe_redirect_path(target) or HOME_PATH)
    return page(request, "staff/login.html", email="", next=target, error="")


@post("/login", guards=[PUBLIC])
async def submit_login(
    request: AnyRequest,
    data: Annotated[LoginForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    address = request.client.host if request.client else ""
    try:
        token = await log_in(data.email, data.password, address=address)
    except TooManyRequests as error:
        response = _login_error(request, data, error.status, error_text(error, locale_of(request)))
        response.headers["Retry-After"] = str(error.params["retry_after"])
        return response
    if token is None:
        return _login_error(
            request, data, HTTP_401_UNAUTHORIZED, translate(WRONG_CREDENTIALS, locale_of(request))
        )
    response = see_other(safe_redirect_path(data.next) or HOME_PATH)
    response.set_cookie(_session(token, A_WEEK))
    return response


@post("/logout", guards=[PUBLIC])
async def submit_logout(request: AnyRequest) -> Redirect:
    await log_out(request.cookies.get(session_cookie(), ""))
    response = see_other("/login")
    response.set_cookie(_session("", 0))
    return response


@post("/language", guards=[PUBLIC])
async def choose_language(
    request: AnyRequest,
    data: Annotated[LanguageForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    me = principal_of(request)
    if me is not None:
        await choose_locale(me.staff_id, data.locale)
    response = see_other(safe_redirect_path(data.back) or "/")
    response.set_cookie(locale_cookie(data.locale))
    return response


def safe_redirect_path(path: str) -> str | None:
    """The path if it is a page of this desk, else None: no redirects to other sites."""
    parts = urlsplit(path)
    local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if local and not parts.scheme and not parts.netloc and path.isprintable() else None


def _login_error(request: AnyRequest, data: LoginForm, status: int, error: str) -> Response[Any]:
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
        secure=uses_https(),
    )


router = Router(
    "/",
    route_handlers=[
        show_home,
        show_session,
        show_login,
        submit_login,
        submit_logout,
        choose_language,
    ],
    include_in_schema=False,
)
