"""A merged ticket takes no further action, and whatever is tried names where to go."""

import html
from datetime import timedelta
from typing import Any

from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch_value
from service_desk.linking.operations import merge
from service_desk.self_service.rating import rate
from service_desk.tickets.conversation import receive_message
from tests.browsing import sign_in
from tests.factories import make_staff, make_ticket

VERBS: list[tuple[str, dict[str, Any]]] = [
    ("messages", {"body": "Hello", "visibility": "public"}),
    ("messages", {"body": "Hello", "visibility": "note"}),
    ("messages", {"body": "Hello", "visibility": "public", "via": "call"}),
    ("assign", {"assignee": "admin@desk.test"}),
    ("handling-plan", {"diagnosis": "a", "plan": "b"}),
    ("refer", {"question": "May we?"}),
    ("wait", {"for": "parts"}),
    ("resume", {}),
    ("resolve", {"resolution": "Done"}),
    ("close", {}),
    ("reopen", {"reason": "Why not"}),
    ("classify", {"severity": "high"}),
    ("compensate", {"amount": 100, "reason": "Sorry"}),
]


async def merged_tickets() -> tuple[str, str]:
    """Merged into one that was merged itself; the numbers of the first and of the last."""
    now = wall_clock.now()
    agent = await make_staff(email="merging@desk.test")
    first, second, last = [(await make_ticket(at=now)).number for _ in range(3)]
    await merge(first, second, staff_id=agent, now=now)
    await merge(second, last, staff_id=agent, now=now)
    return first, last


async def test_every_verb_names_the_surviving_ticket(api: AsyncClient) -> None:
    first, last = await merged_tickets()
    at = wall_clock.now() + timedelta(hours=1)
    soon = {"clock": "handling", "at": at.isoformat(), "reason": "Agreed"}
    verbs = [*VERBS, ("promise", {"at": at.isoformat()}), ("due", soon),
             ("merge", {"into": last}), ("link", {"to": last})]  # fmt: skip
    events = "SELECT count(*) FROM ticket_event"
    before = await fetch_value(events)
    for verb, body in verbs:
        answer = await api.post(f"/tickets/{first}/{verb}", json=body)
        assert (verb, answer.status_code) == (verb, 409)
        assert answer.json()["detail"].endswith(f"was merged into {last}: continue there.")
        assert (answer.json()["merged_into"], answer.json()["state"]) == (last, "closed")
    back = await api.post(f"/tickets/{last}/merge", json={"into": first})
    assert back.json()["detail"] == f"Ticket {first} was merged into {last}: continue there."
    assert await fetch_value(events) == before


async def test_the_page_offers_nothing_and_names_it(client: AsyncClient) -> None:
    first, last = await merged_tickets()
    await sign_in(client, "supervisor")
    page = (await client.get(f"/tickets/{first}")).text
    for action in ("compose", "reopen", "classify", "compensate", "link", "assign"):
        assert f'action="/tickets/{first}/{action}"' not in page
    token = page.partition('name="_csrf_token" value="')[2].partition('"')[0]
    form = {"_csrf_token": token, "mode": "reply", "body": "Half a day"}
    refused = await client.post(f"/tickets/{first}/compose", data=form)
    assert refused.status_code == 409
    assert f"was merged into {last}" in html.unescape(refused.text)
    assert "Half a day" in refused.text


async def test_what_the_customer_says_goes_to_the_surviving_ticket(desk: str) -> None:
    first, last = await merged_tickets()
    now = wall_clock.now()
    await receive_message(first, "And another thing", channel="sms", now=now)
    await rate(first, 2, now=now)
    newest = "SELECT t.number FROM {} x JOIN ticket t ON t.id = x.ticket ORDER BY {} DESC LIMIT 1"
    assert await fetch_value(newest.format("message", "x.id")) == last
    assert await fetch_value(newest.format("rating", "x.rated_at")) == last


async def test_what_is_closed_already_says_so(api: AsyncClient) -> None:
    path = f"/tickets/{(await make_ticket(at=wall_clock.now())).number}/close"
    assert (await api.post(path, json={})).status_code == 200
    again = await api.post(path, json={})
    assert (again.status_code, again.json()["state"]) == (409, "closed")
    assert again.json()["detail"].startswith("The ticket is already closed: somebody was faster.")
