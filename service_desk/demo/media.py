"""Photos that the handset sends, stored for the desk's worker as Twilio stores those of an MMS."""

import re
from hmac import compare_digest
from secrets import token_hex
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from service_desk.attachments import storage
from service_desk.attachments.media_hosts import DEMO_ACCOUNT, basic_auth
from service_desk.errors import NotFound
from service_desk.rules.messages.attachments import sniff
from service_desk.settings import get_settings

PATH = "/handset/media"
_NAME = re.compile(r"[0-9a-f]{32}")


async def store(content: bytes) -> str:
    """Returns the URL that the desk fetches it from."""
    name = token_hex(16)
    await storage.put(_key(name), content)
    return f"{get_settings().public_url.rstrip('/')}{PATH}/{name}"


@get(PATH + "/{name:str}")
async def show_media(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """With the account's credentials only, as at Twilio."""
    expected = basic_auth(DEMO_ACCOUNT, get_settings().webhook_key)
    if not compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
        return Response(b"", status_code=401, headers={"WWW-Authenticate": "Basic"})
    if not _NAME.fullmatch(name):
        raise NotFound("There is nothing at this address.")
    try:
        content = await storage.read(_key(name))
    except FileNotFoundError as error:
        raise NotFound("There is nothing at this address.") from error
    return Response(content, media_type=sniff(content) or "application/octet-stream")


def _key(name: str) -> str:
    return f"handset/{name}"
