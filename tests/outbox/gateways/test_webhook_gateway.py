import socket
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec.structs import replace

from service_desk import public_addresses, wall_clock
from service_desk.outbox.gateways import webhook_gateway
from service_desk.outbox.gateways.gateway import Outgoing
from service_desk.outbox.gateways.webhook_gateway import WebhookGateway
from tests.webhooks.receiver import Receiver, receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"id": "msg_1", "type": "ticket.opened", "data": {"subject": "洗衣机"}}'


def outgoing(url: str, **changed: Any) -> Outgoing:
    return replace(Outgoing(7, "webhook", url, "", BODY, attempt=1, secret=SECRET), **changed)


@pytest.fixture
async def hook() -> AsyncGenerator[Receiver]:
    async with receiver() as hook:
        yield hook


@pytest.fixture
async def gateway() -> AsyncGenerator[WebhookGateway]:
    gateway = WebhookGateway(plain_http=True, private=True)
    yield gateway
    await gateway.close()


async def test_the_request_is_signed_and_carries_the_body_unchanged(
    gateway: WebhookGateway, hook: Receiver
) -> None:
    began = int(time.time())
    assert (await gateway.send(outgoing(hook.url))).kind == "sent"
    received = hook.received[0]
    assert received.path == "POST /hook HTTP/1.1"
    assert received.body == BODY
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == "msg_1"
    assert began <= int(received.headers["webhook-timestamp"]) <= time.time()
    assert received.is_signed_with(SECRET)
    assert not received.is_signed_with("whsec_" + "A" * 32)


async def test_its_timestamp_is_real_time_also_in_a_demo(
    gateway: WebhookGateway, hook: Receiver
) -> None:
    wall_clock.set_offset(86400)
    began = int(time.time())
    try:
        await gateway.send(outgoing(hook.url))
    finally:
        wall_clock.set_offset(0)
    assert began <= int(hook.received[0].headers["webhook-timestamp"]) <= time.time()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "sent"), (202, "sent"), (299, "sent"), (301, "retry"), (400, "retry"), (401, "retry"),
     (404, "retry"), (410, "rejected"), (429, "retry"), (500, "retry"), (503, "retry"),
     (0, "retry")],
)  # fmt: skip
async def test_responses(gateway: WebhookGateway, hook: Receiver, status: int, kind: str) -> None:
    hook.statuses = [status]
    outcome = await gateway.send(outgoing(hook.url))
    assert outcome.kind == kind
    assert bool(outcome.error) is (kind != "sent")
    assert len(hook.received) == 1  # no redirect is followed


async def test_no_response_is_retried(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_gateway, "TOTAL_SECONDS", 0.2)
    gateway = WebhookGateway(plain_http=True, private=True)
    hook.statuses = [-1]
    outcome = await gateway.send(outgoing(hook.url))
    await gateway.close()
    assert outcome.kind == "retry"
    assert "No response" in (outcome.error or "")


async def test_an_unreachable_receiver_is_retried(gateway: WebhookGateway) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert (await gateway.send(outgoing(url))).kind == "retry"
    assert (await gateway.send(outgoing("http://nowhere.invalid/"))).kind == "retry"


async def test_a_deleted_subscription_is_rejected(gateway: WebhookGateway, hook: Receiver) -> None:
    assert (await gateway.send(outgoing(hook.url, secret=""))).kind == "rejected"
    assert hook.received == []


async def test_our_own_network_is_not_called_by_address_or_by_name(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host name that resolves to a private address counts as one."""
    port = hook.url.rpartition(":")[2]

    class Rebinding(AbstractResolver):
        def __init__(self, loop: object = None) -> None: ...

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            return [
                ResolveResult(
                    hostname=host,
                    host="127.0.0.1",
                    port=port,
                    family=socket.AF_INET,
                    proto=0,
                    flags=socket.AI_NUMERICHOST,
                )
            ]

        async def close(self) -> None: ...

    monkeypatch.setattr(public_addresses, "ThreadedResolver", Rebinding)
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", Rebinding)
    guarded = WebhookGateway(plain_http=True, private=False)
    by_address = await guarded.send(outgoing(hook.url))
    by_name = await guarded.send(outgoing(f"http://evil.example.com:{port}"))
    by_number = await guarded.send(outgoing(f"http://2130706433.example.com:{port}"))
    await guarded.close()
    assert by_address.kind == "rejected"
    assert "own network" in (by_address.error or "")
    assert (by_name.kind, by_number.kind) == ("retry", "retry")
    assert "own network" in (by_name.error or "")
    assert hook.received == []
    open_ = WebhookGateway(plain_http=True, private=True)
    assert (await open_.send(outgoing(f"http://good.example.com:{port}"))).kind == "sent"
    await open_.close()


async def test_http_is_not_called_outside_demo_mode(hook: Receiver) -> None:
    gateway = WebhookGateway(plain_http=False, private=True)
    assert (await gateway.send(outgoing(hook.url))).kind == "rejected"
    await gateway.close()
    assert hook.received == []
