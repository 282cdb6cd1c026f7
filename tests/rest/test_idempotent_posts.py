"""The same POST many times at once takes effect once."""

import asyncio

from httpx import AsyncClient

from service_desk.database import fetch_value
from tests.factories import PHONE

BODY = {
    "kind": "repair",
    "subject": "No sound",
    "description": "The radio is silent",
    "customer": {"phone": PHONE},
}


async def test_ten_at_once_open_one_ticket(api: AsyncClient) -> None:
    responses = await asyncio.gather(
        *(api.post("/tickets", json=BODY, headers={"Idempotency-Key": "k"}) for _ in range(10))
    )
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["number"] for response in responses}) == 1
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_keys_belong_to_their_caller_and_path(api: AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    number = (await api.post("/tickets", json=BODY, headers=key)).json()["number"]
    taken = await api.post("/queue/take-next", headers=key)
    assert (taken.status_code, taken.json()["number"]) == (200, number)
    stranger = await api.post("/tickets", json=BODY, headers=key | {"Authorization": "Bearer x"})
    assert stranger.status_code == 401


async def test_a_response_without_content_is_repeated(api: AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    assert (await api.post("/queue/take-next", headers=key)).status_code == 204
    await api.post("/tickets", json=BODY)
    again = await api.post("/queue/take-next", headers=key)
    assert (again.status_code, again.content) == (204, b"")


async def test_the_length_of_a_key_is_limited(api: AsyncClient) -> None:
    response = await api.post("/tickets", json=BODY, headers={"Idempotency-Key": "k" * 256})
    assert response.status_code == 400
    assert response.json()["field"] == "Idempotency-Key"
