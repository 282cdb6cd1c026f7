"""Forms of two people over plain HTTP: each keeps what it did not change (DESIGN §2.2)."""

import html
import json
import re
from datetime import date, timedelta

import pytest
from httpx import AsyncClient, Response

from service_desk import wall_clock
from service_desk.assets.operations import create_asset
from service_desk.assets.schemas import NewAsset
from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.reports.figures.months import Month
from service_desk.reports.operations import start_draft
from service_desk.settings import get_settings
from service_desk.staff.operations import create_token
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import SupplierInput
from tests.browsing import sign_in
from tests.factories import NOW, make_staff, make_ticket

_INPUT = re.compile(r'<input[^>]*name="_shown"[^>]*value="([^"]*)"')


class Form:
    """A form of a page as somebody opened it; `send` fills in some fields and leaves the rest."""

    def __init__(self, client: AsyncClient, page: str, action: str) -> None:
        (form,) = re.findall(rf'<form[^>]*action="{action}".*?</form>', page, re.DOTALL)[:1]
        self.client, self.action = client, action
        self.shown = html.unescape(_INPUT.findall(form)[0])
        self.token = re.findall(r'name="_csrf_token" value="([^"]*)"', page)[0]

    async def send(self, **changes: str) -> Response:
        fields = json.loads(self.shown) | changes
        sent = {**fields, "_shown": self.shown, "_csrf_token": self.token}
        return await self.client.post(self.action, data=sent)


async def open_form(client: AsyncClient, path: str, action: str) -> Form:
    return Form(client, (await client.get(path)).text, action)


async def two_forms(client: AsyncClient, path: str, action: str) -> tuple[Form, Form]:
    return await open_form(client, path, action), await open_form(client, path, action)


async def test_severity_survives_another_save_of_the_cause(client: AsyncClient) -> None:
    await sign_in(client)
    number = (await make_ticket(at=wall_clock.now())).number
    path = f"/tickets/{number}"
    first, second = await two_forms(client, path, f"{path}/classify")
    assert (await first.send(severity="safety")).status_code == 303
    assert (await second.send(cause="logistics")).status_code == 303
    row = await fetch_one("SELECT severity, cause FROM ticket")
    assert row is not None
    assert tuple(row) == ("safety", "logistics")


async def test_the_same_field_is_refused_with_who_and_what(client: AsyncClient) -> None:
    await sign_in(client)
    number = (await make_ticket(at=wall_clock.now())).number
    path = f"/tickets/{number}"
    mine, third = await two_forms(client, path, f"{path}/classify")
    client.cookies.clear()
    await sign_in(client, "supervisor")
    other = await open_form(client, path, f"{path}/classify")
    assert (await other.send(severity="safety")).status_code == 303
    client.cookies.clear()
    await sign_in(client)
    again = await open_form(client, path, f"{path}/classify")
    mine.token = third.token = again.token
    refused = await mine.send(severity="low", cause="logistics")
    assert refused.status_code == 409
    text = html.unescape(refused.text)
    assert "In the meantime Supervisor set Severity to “Safety”." in text
    assert "what you typed is still here" in text
    assert re.search(r'value="logistics" selected', text)  # nothing typed is lost
    assert await fetch_value("SELECT cause FROM ticket") == "unknown"
    # Having seen it, the second save goes through.
    assert (await Form(client, refused.text, f"{path}/classify").send(severity="low")).is_redirect
    assert await fetch_value("SELECT severity FROM ticket") == "low"
    # Even over oneself.
    refused = await third.send(severity="high")
    assert "you yourself, in another window, set Severity to “Low”" in html.unescape(refused.text)


async def test_corrections_keep_what_another_page_corrected(client: AsyncClient) -> None:
    await sign_in(client)
    number = (await make_ticket(at=wall_clock.now(), product="W1")).number
    path = f"/tickets/{number}"
    first, second = await two_forms(client, path, f"{path}/correct")
    moved = {"customer": "139 0013 9000", "customer_name": "Han Mei"}
    assert (await first.send(product="W7", **moved)).is_redirect
    assert (await second.send(serial_number="AB12")).is_redirect
    row = await fetch_one(
        "SELECT product, serial_number, phone, name FROM ticket JOIN customer c ON c.id = customer"
    )
    assert row is not None
    assert tuple(row) == ("W7", "AB12", "+8613900139000", "Han Mei")
    refused = html.unescape((await second.send(customer="li@example.com")).text)
    assert "in another window, set Customer to “+8613900139000”" in refused
    assert 'value="li@example.com"' in refused


async def test_a_handling_plan_keeps_what_another_page_wrote(client: AsyncClient) -> None:
    await sign_in(client)
    number = (await make_ticket(at=wall_clock.now())).number
    path = f"/tickets/{number}"
    first, second = await two_forms(client, path, f"{path}/handling-plan")
    assert (await first.send(diagnosis="Worn belt", plan="Renew it", option1="Repair")).is_redirect
    refused = await second.send(diagnosis="Lost screw", plan="Tighten it")
    assert refused.status_code == 409
    assert "Lost screw" in refused.text
    third, fourth = await two_forms(client, path, f"{path}/handling-plan")
    assert (await third.send(plan="Renew it on Monday")).is_redirect
    assert (await fourth.send(option2="Refund")).is_redirect
    plans = await fetch("SELECT data FROM ticket_event WHERE type = 'plan.recorded' ORDER BY id")
    last = plans[-1]["data"]
    assert (last["diagnosis"], last["plan"]) == ("Worn belt", "Renew it on Monday")
    assert last["options"] == ["Repair", "Refund"]


@pytest.mark.parametrize(
    ("verb", "fields", "name"),
    [
        ("promise", {"within": "60"}, "Promise"),
        ("due", {"clock": "resolution", "at": "{soon}", "reason": "agreed"}, "Due"),
        ("refer", {"question": "May we pay?"}, "Referral to “May we pay?”"),
        ("compensate", {"amount": "1,200.5", "reason": "Flood"}, "Compensation to “1200.50 CNY”"),
    ],
)
async def test_what_no_field_shows_is_refused_by_the_tickets_version(
    client: AsyncClient, verb: str, fields: dict[str, str], name: str
) -> None:
    await sign_in(client)
    number, soon = (await make_ticket(at=wall_clock.now())).number, wall_clock.now()
    hour = (soon.astimezone(get_settings().zone) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    fields = {field: value.format(soon=hour) for field, value in fields.items()}
    page = (await client.get(f"/tickets/{number}")).text
    hidden = dict(re.findall(r'name="(version|_csrf_token)" value="([^"]*)"', page))
    path = f"/tickets/{number}/{verb}"
    first, second = [await client.post(path, data=fields | hidden) for _ in range(2)]
    assert (first.status_code, second.status_code) == (303, 409)
    text = html.unescape(second.text)
    assert f"In the meantime you yourself, in another window, set {name}" in text
    seen = dict(re.findall(r'name="(version)" value="([^"]*)"', second.text))
    again = await client.post(path, data=fields | hidden | seen)
    assert again.is_redirect


async def test_taking_a_ticket_that_somebody_else_took(client: AsyncClient) -> None:
    await sign_in(client)
    number = (await make_ticket(at=wall_clock.now())).number
    path = f"/tickets/{number}"
    first, second = await two_forms(client, path, f"{path}/assign")
    other = await make_staff(email="mei@desk.test", name="Mei")
    assert other
    assert (await first.send(assignee="mei@desk.test")).is_redirect
    assert (await second.send(assignee="agent@desk.test")).status_code == 409
    assert await fetch_value("SELECT assignee FROM ticket") == other


async def test_the_customer_page_wipes_nothing(client: AsyncClient) -> None:
    await sign_in(client)
    await make_ticket(at=wall_clock.now())
    first, second = await two_forms(client, "/customers/1", "/customers/1")
    assert (await first.send(region="North", spend="12.50")).is_redirect
    assert (await second.send(name="Li Wei")).is_redirect
    row = await fetch_one("SELECT name, region, spend_12m FROM customer")
    assert row is not None
    assert tuple(row) == ("Li Wei", "North", 1250)
    refused = await second.send(region="South")
    assert "in another window, set Region to “North”" in html.unescape(refused.text)


async def test_assets_suppliers_and_roles(client: AsyncClient) -> None:
    await sign_in(client, "admin")
    await make_ticket(at=wall_clock.now())
    asset = await create_asset(NewAsset("AB1", "Washer", 1), NOW)
    first, second = await two_forms(client, "/customers/1", f"/assets/{asset}")
    assert (await first.send(installed_on="2026-10-01")).is_redirect
    assert (await second.send(warranty_months="24")).is_redirect
    row = await fetch_one("SELECT installed_on, warranty_months FROM asset")
    assert row is not None
    assert tuple(row) == (date(2026, 10, 1), 24)

    supplier = await create_supplier(SupplierInput("Acme"), NOW)
    path = f"/suppliers/{supplier}"
    first, second = await two_forms(client, path, f"{path}/edit")
    assert (await first.send(email="a@acme.test")).is_redirect
    assert (await second.send(contact_name="Ann")).is_redirect
    row = await fetch_one("SELECT email, contact_name FROM supplier")
    assert row is not None
    assert tuple(row) == ("a@acme.test", "Ann")
    assert (await second.send(email="b@acme.test")).status_code == 409


async def test_countermeasures_of_two_supervisors(client: AsyncClient) -> None:
    await sign_in(client, "supervisor")
    await make_ticket(at=NOW)
    await start_draft(Month(2026, 10), wall_clock.now())
    path = "/reports/2026-10"
    token = Form(client, (await client.get(path)).text, f"{path}/countermeasures").token

    async def send(shown: str, *rows: tuple[str, str]) -> Response:
        whats, whos = zip(*rows, strict=True)
        empty = [""] * len(rows)
        fields = {"planned-what": list(whats), "planned-who": list(whos), "planned-by": empty,
                  "planned-outcome": empty, "_shown": shown, "_csrf_token": token}  # fmt: skip
        return await client.post(f"{path}/countermeasures", data=fields)

    first, second = await two_forms(client, path, f"{path}/countermeasures")
    assert (await send(first.shown, ("Train", ""))).is_redirect
    assert (await send(second.shown, ("Check", ""))).status_code == 409  # the same row
    now = await open_form(client, path, f"{path}/countermeasures")
    assert (await send(now.shown, ("Train", "Mei"))).is_redirect
    assert (await send(now.shown, ("Train", ""), ("Check", "Bo"))).is_redirect
    stored = await fetch_value("SELECT countermeasures FROM monthly_analysis")
    rows = [(row["what"], row["who"]) for row in stored["planned"]]
    assert rows == [("Train", "Mei"), ("Check", "Bo")]
    refused = await send(second.shown, ("Check again", "x" * 101))
    assert refused.status_code == 409
    assert "Check again" in refused.text


async def test_what_a_program_changed_is_named_too(client: AsyncClient) -> None:
    await make_ticket(at=wall_clock.now())
    await make_staff("admin")
    bearer = f"Bearer {await create_token('admin@desk.test', ['all'], now=NOW)}"
    await sign_in(client)
    form = await open_form(client, "/customers/1", "/customers/1")
    body, header = {"region": "North"}, {"Authorization": bearer}
    changed = await client.patch("/api/v1/customers/1", json=body, headers=header)
    assert changed.status_code == 200
    refused = await form.send(region="South")
    assert "In the meantime Admin set Region to “North”" in html.unescape(refused.text)
