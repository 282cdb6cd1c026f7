"""The same phone numbers and addresses are taken and refused wherever people type them."""

from typing import Any

import httpx
import pytest
from httpx import AsyncClient

from service_desk.database import fetch_one
from service_desk.errors import InvalidInput
from service_desk.staff.operations import create_staff
from tests.factories import NOW

SWITCHBOARD = "010-65529988转12"
REFUSED = [
    *({"phone": phone} for phone in ("138 0000 8O16", "1380000802", "12345", "13800138000.0")),
    *({"email": email} for email in ("a@b.com;c@d.com", "a@@b.com", "a@b")),
]
TICKET = {"kind": "complaint", "subject": "Leaks", "description": "It leaks"}


@pytest.mark.parametrize("contact", REFUSED, ids=lambda contact: next(iter(contact.values())))
async def test_refused_everywhere(api: AsyncClient, contact: dict[str, str]) -> None:
    (field,) = contact
    answers = [
        await api.post("/customers", json={"name": "Li", **contact}),
        await api.post("/suppliers", json={"name": "Motors", **contact}),
        await api.post("/tickets", json=TICKET | {"customer": contact}),
    ]
    assert [answer.status_code for answer in answers] == [400] * 3
    assert [answer.json()["field"] for answer in answers] == [field, field, f"customer.{field}"]
    form = {"kind": "complaint", "description": "It leaks", **contact}
    answer = await api.post(str(httpx.URL("http://desk.test/support")), data=form)
    assert answer.status_code == 400
    if "email" in contact:
        staff: dict[str, Any] = {"name": "Wang", "role": "agent", "locale": "en"}
        with pytest.raises(InvalidInput):
            await create_staff(**staff, **contact, password="long enough", now=NOW)


async def test_an_extension_is_kept_apart_everywhere(api: AsyncClient) -> None:
    parts = {"phone": "+861065529988", "phone_extension": "12"}
    supplier = (await api.post("/suppliers", json={"name": "M", "phone": SWITCHBOARD})).json()
    assert parts.items() <= supplier.items()
    ticket = (await api.post("/tickets", json=TICKET | {"customer": {"phone": SWITCHBOARD}})).json()
    assert parts.items() <= ticket["customer"].items()
    path = f"/customers/{ticket['customer']['id']}"
    assert parts.items() <= (await api.get(path)).json().items()
    edited = (await api.patch(path, json={"phone": "010 6552 9988 ext. 15"})).json()
    assert (edited["phone"], edited["phone_extension"]) == ("+861065529988", "15")
    assert (await api.patch(path, json={"name": "Li"})).json()["phone_extension"] == "15"
    cleared = (await api.patch(path, json={"phone": "010 6552 9988"})).json()
    assert cleared["phone_extension"] is None


async def test_a_switchboard_gets_the_extension_that_a_ticket_names(api: AsyncClient) -> None:
    for phone in ("010-65529988", SWITCHBOARD, "010-65529988转15"):
        await api.post("/tickets", json=TICKET | {"customer": {"phone": phone}})
    row = await fetch_one("SELECT phone_extension FROM customer")
    assert row is not None
    assert row["phone_extension"] == "12"
    row = await fetch_one("SELECT data FROM ticket_event WHERE type = 'ticket.opened' "
                          "ORDER BY id DESC LIMIT 1")  # fmt: skip
    assert row is not None
    assert row["data"]["other_details"] == {"phone_extension": "15"}


async def test_a_sender_can_be_edited_though_a_library_knows_no_such_number(
    api: AsyncClient,
) -> None:
    """+86 12345 was taken from a network: it stays, and no person can type another such."""
    opened = await api.post("/tickets", json=TICKET | {"customer": {"phone": "13800138000"}})
    customer = opened.json()["customer"]["id"]
    row = await fetch_one("UPDATE customer SET phone = '+8612345' RETURNING true")
    assert row is not None
    kept = await api.patch(f"/customers/{customer}", json={"phone": "+8612345", "name": "Li"})
    assert (kept.status_code, kept.json()["phone"]) == (200, "+8612345")
    other = await api.patch(f"/customers/{customer}", json={"phone": "+8612346"})
    assert other.status_code == 400
    found = await api.get("/tickets", params={"phone": "+8612345"})
    assert len(found.json()["items"]) == 1
