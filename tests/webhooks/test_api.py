import pytest
from httpx import AsyncClient

from service_desk.database import fetch_value
from service_desk.staff.operations import create_token
from tests.factories import NOW, make_staff, make_ticket
from tests.webhooks.receiver import receiver
from tests.webhooks.subscribing import deliver, gateways

PATH = "/webhook-subscriptions"
NEW = {"url": "https://example.com/hook", "events": ["ticket.opened", "clock.breached"]}


async def test_subscribe_list_test_unsubscribe(api: AsyncClient) -> None:
    created = await api.post(PATH, json=NEW)
    assert created.status_code == 201
    assert created.headers["cache-control"] == "no-store"
    body = created.json()
    assert body["secret"].startswith("whsec_")
    listed = (await api.get(PATH)).json()
    assert listed["next"] is None
    assert [one["url"] for one in listed["items"]] == [NEW["url"]]
    assert listed["items"][0]["created_by"] == "admin@desk.test"
    assert "secret" not in listed["items"][0]
    assert body["secret"] not in (await api.get(PATH)).text
    queued = await api.post(f"{PATH}/{body['id']}/test")
    assert queued.status_code == 202
    assert queued.json()["event"] == "webhook.test"
    assert (await api.get(PATH)).json()["items"][0]["waiting"] == 1
    assert (await api.delete(f"{PATH}/{body['id']}")).status_code == 204
    assert (await api.delete(f"{PATH}/{body['id']}")).status_code == 404
    assert (await api.post(f"{PATH}/{body['id']}/test")).status_code == 404
    assert (await api.get(PATH)).json()["items"] == []


async def test_a_demo_desk_may_call_its_own_machine(
    api: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from msgspec.structs import replace

    from service_desk.settings import get_settings
    from service_desk.webhooks import operations

    monkeypatch.setattr(operations, "get_settings", lambda: replace(get_settings(), demo=True))
    async with receiver() as hook, gateways():
        created = (await api.post(PATH, json=NEW | {"url": hook.url})).json()
        ticket = await make_ticket()
        await deliver()
        assert hook.received[0].is_signed_with(created["secret"])
        assert hook.received[0].event["data"]["ticket"]["number"] == ticket.number


async def test_invalid_input_names_the_field(api: AsyncClient) -> None:
    for new, field in (
        (NEW | {"url": "http://example.com/"}, "url"),
        (NEW | {"url": "https://10.0.0.1/"}, "url"),
        (NEW | {"events": ["ticket.exploded"]}, "events"),
        (NEW | {"events": []}, "events"),
        (NEW | {"secret": "mine"}, None),
        ({"url": "https://example.com/"}, None),
    ):
        response = await api.post(PATH, json=new)
        assert response.status_code in (400, 422), new
        problem = response.json()
        assert field is None or problem["field"].startswith(field), problem
    assert await fetch_value("SELECT count(*) FROM webhook_subscription") == 0


async def test_an_idempotency_key_subscribes_once(api: AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await api.post(PATH, json=NEW, headers=headers)
    again = await api.post(PATH, json=NEW, headers=headers)
    assert first.json() == again.json()
    assert await fetch_value("SELECT count(*) FROM webhook_subscription") == 1


async def test_requires_a_supervisors_token_with_the_scope(api: AsyncClient) -> None:
    await make_staff("agent")
    await make_staff("supervisor")
    for email, scopes, read, write in (
        ("agent@desk.test", ["all"], 403, 403),
        ("supervisor@desk.test", ["webhooks:read"], 200, 403),
        ("supervisor@desk.test", ["webhooks:write"], 403, 201),
    ):
        token = await create_token(email, scopes, now=NOW)
        headers = {"Authorization": f"Bearer {token}"}
        assert (await api.get(PATH, headers=headers)).status_code == read
        assert (await api.post(PATH, json=NEW, headers=headers)).status_code == write
    api.headers.pop("Authorization")
    assert (await api.get(PATH)).status_code == 401
