"""The page of a ticket's customer, over HTTP."""

from datetime import datetime, timedelta

import httpx
import pytest

from service_desk import clock
from service_desk.database import fetch, fetch_value
from service_desk.settings import get_settings
from service_desk.tickets import conversation, progress
from service_desk.web.formats import local_time
from service_desk.web.locale import COOKIE
from tests.factories import make_staff, make_ticket
from tests.twilio_side import text_desk

CLOSE = "UPDATE ticket SET state = 'closed', resolved_at = now() - interval '9 days' WHERE id = $1"


async def write(client: httpx.AsyncClient, token: str, body: str) -> str:
    """Where it leads."""
    answer = await client.post(f"/t/{token}", data={"body": body})
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_what_is_written_to_a_closed_ticket_goes_on_where_it_went_before(client) -> None:
    client.cookies.set(COOKIE, "en")
    ticket = await make_ticket()
    await fetch(CLOSE, ticket.id)
    assert "open a new ticket" in (await client.get(f"/t/{ticket.token}")).text
    first = await write(client, ticket.token, "It broke again")
    after = (await fetch("SELECT id, number, token FROM ticket WHERE id > $1", ticket.id))[0]
    assert first == f"/t/{after['token']}?received=1"
    for body in ("And it smells", "And it is loud"):
        assert await write(client, ticket.token, body) == f"/t/{after['token']}?added=1"
    assert "Added to your ticket" in await text_desk(client, f"{ticket.number} is still broken")
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    said = "SELECT count(*) FROM message WHERE ticket = $1 AND direction = 'in'"
    assert await fetch_value(said, after["id"]) == 4
    page = (await client.get(f"/t/{ticket.token}")).text
    assert f'It goes on as <a href="/t/{after["token"]}">ticket {after["number"]}</a>' in page
    assert "open a new ticket" not in page
    await fetch(CLOSE, after["id"])
    assert "we opened ticket" in await text_desk(client, f"{ticket.number} once more")


async def test_whoever_left_no_contact_stays_the_same_customer(client) -> None:
    ticket = await make_ticket(phone=None)
    await fetch(CLOSE, ticket.id)
    for body in ("It broke again", "And it smells"):
        await write(client, ticket.token, body)
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    assert await fetch_value("SELECT count(*) FROM customer") == 1


async def test_a_closed_ticket_never_leads_to_somebody_elses(client) -> None:
    ticket, other = await make_ticket(), await make_ticket(phone="+8613800138009")
    await fetch("UPDATE ticket SET linked_to = $1 WHERE id = $2", ticket.id, other.id)
    await fetch(CLOSE, ticket.id)
    assert other.token not in (await client.get(f"/t/{ticket.token}")).text
    assert other.token not in await write(client, ticket.token, "It broke again")


async def test_a_page_that_was_open_while_its_ticket_was_merged(client) -> None:
    first, second = await make_ticket(), await make_ticket()
    merged = "UPDATE ticket SET merged_into = $1, state = 'closed' WHERE id = $2"
    await fetch(merged, first.id, second.id)
    assert (await write(client, second.token, "More words")).startswith(f"/t/{first.token}")
    assert await fetch_value("SELECT count(*) FROM ticket") == 2


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ("state = 'open'", None),
        ("state = 'waiting_customer'", "Please write below, so that we can go on."),
        ("state = 'resolved', resolved_at = now()", "If it is not solved, write below"),
        ("state = 'resolved', resolved_at = now() - interval '8 days'", "we open a new ticket"),
        ("state = 'closed', resolved_at = now()", "we open a new ticket"),
    ],
)
async def test_the_page_says_what_writing_there_does(client, change: str, hint: str | None) -> None:
    client.cookies.set(COOKIE, "en")
    ticket = await make_ticket()
    await fetch(f"UPDATE ticket SET {change}")
    page = (await client.get(f"/t/{ticket.token}")).text
    hints = ("Please write below", "If it is not solved", "we open a new ticket", "It goes on as")
    assert [one for one in hints if one in page] == [one for one in hints if hint and one in hint]


def at(now: datetime, hours: int, locale: str) -> str:
    return local_time(now + timedelta(hours=hours), get_settings().zone, locale, now)


@pytest.mark.parametrize(
    ("locale", "begun", "late"),
    [
        (
            "en",
            "We are working on it; Mei Chen is on it; you hear from us by {}.",
            (
                "We are working on it; Mei Chen is on it; we are sorry to be later than promised; "
                "to be solved by {}."
            ),
        ),
        (
            "zh",
            "正在处理，由Mei Chen负责，我们将在{}前答复您。",
            "正在处理，由Mei Chen负责，已超过承诺时间，非常抱歉，正在加紧处理，将在{}前解决。",
        ),
    ],
)
async def test_the_page_says_as_much_as_status_does(
    client, locale: str, begun: str, late: str
) -> None:
    now = clock.now()
    ticket = await make_ticket(at=now - timedelta(hours=3))
    staff = await make_staff(name="Mei Chen")
    await progress.assign(ticket.number, "agent@desk.test", staff_id=staff, now=now)
    url, reader = f"/t/{ticket.token}", {"Cookie": f"{COOKIE}={locale}"}
    assert late.format(at(now, 45, locale)) in (await client.get(url, headers=reader)).text
    await conversation.reply(ticket.number, "Looking", staff_id=staff, now=now)
    due = now + timedelta(hours=5)
    await progress.promise(ticket.number, due, staff_id=staff, now=now)
    assert begun.format(at(now, 5, locale)) in (await client.get(url, headers=reader)).text
