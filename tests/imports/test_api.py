import httpx
import msgspec
from httpx import AsyncClient

from service_desk.imports.files.mapping import read_mapping
from service_desk.imports.uploads import run_due_imports
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff
from tests.imports.source_files import HEADER, MAPPING, ROWS, csv_of, xlsx_of

BAD = ("4", "", "someday", "3:00:00 PM", "Net", "Open")


async def upload(
    api: AsyncClient, content: bytes, mapping: str = MAPPING, name: str = "old.csv"
) -> httpx.Response:
    return await api.post("/imports", files={"file": (name, content), "mapping": ("m", mapping)})


async def test_an_uploaded_file_is_imported_by_the_worker_with_progress(api: AsyncClient) -> None:
    answer = await upload(api, csv_of((*ROWS, BAD)))
    assert answer.status_code == 202, answer.text
    run = answer.json()
    assert (run["state"], run["rows_seen"], run["source"]) == ("queued", 0, "old")
    assert answer.headers["location"] == f"/api/v1/imports/{run['id']}"

    await run_due_imports(NOW)
    first = (await api.get(f"/imports/{run['id']}", params={"limit": 1})).json()
    assert (first["state"], first["rows_taken"], first["rows_rejected"]) == ("done", 3, 1)
    assert first["rejected"][0] | {"id": 0} == {
        "id": 0, "line": 5, "column": "Text", "reason": "Empty, but subject is required.",
    }  # fmt: skip
    rest = (await api.get(f"/imports/{run['id']}", params={"after": first["next"]})).json()
    assert [rejection["column"] for rejection in rest["rejected"]] == ["Day"]
    assert rest["next"] is None


async def test_a_workbook_and_a_mapping_in_the_form_itself(api: AsyncClient) -> None:
    answer = await api.post(
        "/imports", files={"file": ("old.xlsx", xlsx_of(ROWS))}, data={"mapping": MAPPING}
    )
    assert answer.status_code == 202, answer.text
    await run_due_imports(NOW)
    assert (await api.get("/imports/1")).json()["rows_taken"] == 3
    as_json = msgspec.json.encode(read_mapping(MAPPING)).decode()
    again = {"mapping": as_json}
    assert (await api.post("/imports", files={"file": csv_of()}, data=again)).status_code == 202


async def test_an_invalid_upload_is_rejected_at_once(api: AsyncClient) -> None:
    missing = await upload(api, csv_of(header=HEADER[:-1]))
    assert missing.status_code == 400
    assert "“Status”" in missing.json()["detail"]
    wrong = await upload(api, csv_of(), MAPPING.replace("subject =", "title ="))
    assert wrong.status_code == 400
    assert "fields.title" in wrong.json()["detail"]
    assert (await api.post("/imports", data={"mapping": MAPPING})).status_code == 400
    assert (await api.get("/imports/99")).status_code == 404


async def test_agents_may_not_import(client: AsyncClient) -> None:
    await make_staff("agent")
    token = await create_token("agent@desk.test", ["all"], now=NOW)
    client.headers["Authorization"] = f"Bearer {token}"
    rejected = await upload(client, csv_of())
    assert rejected.status_code == 404  # not under /api/v1
    client.base_url = httpx.URL("http://desk.test/api/v1")
    assert (await upload(client, csv_of())).status_code == 403
    assert (await client.get("/imports/1")).status_code == 403


async def test_a_repeated_request_is_one_import(api: AsyncClient) -> None:
    api.headers["Idempotency-Key"] = "once"
    request = api.build_request(
        "POST", "/imports", files={"file": ("a.csv", csv_of()), "mapping": ("m", MAPPING)}
    )
    answers = [await api.send(request), await api.send(request)]
    assert [answer.json()["id"] for answer in answers] == [1, 1]


async def test_a_retry_with_another_multipart_boundary_is_one_import(api: AsyncClient) -> None:
    api.headers["Idempotency-Key"] = "k"
    first, again = await upload(api, csv_of()), await upload(api, csv_of())
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (first.status_code, again.status_code) == (202, 202), again.text
    assert first.json()["id"] == again.json()["id"]
    other = await upload(api, csv_of(ROWS[:1]))
    assert other.status_code == 409
