import gzip

import pytest
from httpx import AsyncClient

from service_desk.web.static_files import STATIC
from service_desk.web.templates import static
from tests.browsing import sign_in

PLAIN = {"Accept-Encoding": "identity"}


async def test_scripts_are_compressed_and_kept(client: AsyncClient) -> None:
    answer = await client.get(static("vendor/echarts.min.js"))
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 260_000
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == (STATIC / "vendor/echarts.min.js").read_bytes()
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_who_wants_it_plain_gets_it_plain(client: AsyncClient) -> None:
    answer = await client.get(static("base.css"), headers=PLAIN)
    assert "content-encoding" not in answer.headers
    assert answer.content == (STATIC / "base.css").read_bytes()


@pytest.mark.parametrize(
    "path", ["../app.py", "vendor/.digest", "nothing.js", "%2e%2e/app.py", "vendor", "/etc/passwd"]
)
async def test_no_other_path_leads_anywhere(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"/static/{path}")).status_code == 404


async def test_pages_and_documents_are_compressed(client: AsyncClient) -> None:
    await sign_in(client)
    for path in ("/queue", "/schema/openapi.json"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
        assert "Accept-Encoding" in answer.headers["vary"]
        assert len(gzip.compress(answer.content)) < len(answer.content)
