"""The handset reports what became of the desk's texts, as the carrier would."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient
from litestar import Litestar

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.demo import carrier
from service_desk.demo import status_callbacks as delivered
from service_desk.demo.status_callbacks import delivery_reports, report_delivery, report_sent_texts
from service_desk.i18n.twilio_codes import STATUS_PATH
from service_desk.outbox.delivery import deliver_due
from service_desk.outbox.delivery_reports import record_delivery_report
from service_desk.outbox.gateways.channels import open_gateways
from service_desk.settings import Settings
from service_desk.tickets.conversation import reply
from tests.browsing import OpenPage
from tests.factories import PHONE, make_staff, make_ticket
from tests.twilio_side import text_desk


@pytest.fixture
async def taken(demo: None) -> str:
    """Number of a ticket with an agent's answer that the handset has taken, unreported."""
    ticket = await make_ticket()
    await reply(ticket.number, "We come at nine", staff_id=await make_staff(), now=wall_clock.now())
    async with open_gateways(Settings(demo=True)):
        await deliver_due(wall_clock.now())
    return ticket.number


async def states(purpose: str) -> list[str]:
    rows = await fetch("SELECT state FROM outbox WHERE purpose = $1 ORDER BY id", purpose)
    return [row["state"] for row in rows]


async def delivered_soon() -> None:
    for _ in range(500):
        if await states("reply") == ["delivered"]:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("nothing was reported")


async def test_what_it_took_is_delivered(taken: str, app: Litestar) -> None:
    assert await states("reply") == ["sent"]
    assert await report_sent_texts(app) > 0
    assert await states("reply") == ["delivered"]
    assert await fetch_value("SELECT provider_id FROM outbox WHERE purpose = 'reply'")
    assert await report_sent_texts(app) == 0


async def test_the_tickets_page_says_so(taken: str, app: Litestar, open_page: OpenPage) -> None:
    page = await open_page(f"/tickets/{taken}", email="ann@desk.test")
    await page.locator("#conversation", has_text="Sent").wait_for()
    await report_sent_texts(app)
    await page.reload()
    await page.locator("#conversation", has_text="Delivered").wait_for()


@pytest.mark.parametrize("whatsapp", [False, True])
async def test_the_answer_to_a_text_is_delivered(
    demo: None, app: Litestar, *, whatsapp: bool
) -> None:
    await carrier.send_text(app, PHONE, "The washer is broken", whatsapp=whatsapp)
    assert await states("auto_reply") == ["delivered"]
    await carrier.send_text(app, PHONE, "STOP", whatsapp=whatsapp)
    await carrier.send_text(app, PHONE, "Hello?", whatsapp=whatsapp)
    assert await states("auto_reply") == ["delivered", "delivered", "suppressed"]


async def test_whoever_texts_the_desk_reports_for_themselves(
    demo: None, app: Litestar, client: AsyncClient
) -> None:
    """An answer went to whoever sent the webhook: the handset has not got it."""
    await text_desk(client, "The washer is broken")
    await report_sent_texts(app)
    assert await states("auto_reply") == ["sent"]


async def test_reported_twice_is_delivered_once(taken: str, app: Litestar) -> None:
    row = await fetch_value("SELECT id FROM outbox WHERE purpose = 'reply'")
    for _ in range(2):
        await report_delivery(app, f"{STATUS_PATH}?outbox={row}", PHONE, whatsapp=False)
    assert await states("reply") == ["delivered"]
    assert not await record_delivery_report(
        "SMother", "failed", outbox=row, error_code=None, now=wall_clock.now()
    )


async def test_it_reports_as_long_as_the_demo_runs(
    taken: str, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivered, "POLL_SECONDS", 0.01)
    before = asyncio.all_tasks()
    async with delivery_reports(app):
        assert len(asyncio.all_tasks() - before) == 1
        await delivered_soon()
    assert await states("reply") == ["delivered"]


async def test_outside_demo_mode_nothing_is_reported(desk: str, app: Litestar) -> None:
    before = asyncio.all_tasks()
    async with delivery_reports(app):
        assert asyncio.all_tasks() == before


async def test_it_goes_on_when_the_database_is_back(
    taken: str, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries, query = [0], delivered.unreported_texts

    async def gone_at_first(most: int) -> Any:
        queries[0] += 1
        if queries[0] == 1:
            raise OSError("gone")
        return await query(most)

    monkeypatch.setattr(delivered, "unreported_texts", gone_at_first)
    monkeypatch.setattr(delivered, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(delivered, "POLL_SECONDS_IF_DOWN", 0.01)
    async with delivery_reports(app):
        await delivered_soon()
    assert queries[0] > 1
