"""The customer's own page of a ticket: progress, replies, rating. Over real HTTP."""

import pytest
from httpx import AsyncClient

from service_desk.database import fetch, fetch_value
from tests.factories import make_ticket

NONCE = "a" * 22


async def test_an_unknown_token_is_not_found(client: AsyncClient) -> None:
    for token in ("x", "y" * 32, "y" * 65, "%00" * 20, "'" * 20):
        assert (await client.get(f"/t/{token}")).status_code == 404
        assert (await client.post(f"/t/{token}", data={"body": "x"})).status_code == 404


async def test_the_tracking_page_shows_public_messages_only(client: AsyncClient) -> None:
    ticket = await make_ticket("<b>broken</b>")
    await fetch(
        "INSERT INTO message (ticket, direction, visibility, channel, automatic, body, at) "
        "VALUES ($1, 'out', 'note', NULL, false, 'secret note', now())",
        ticket.id,
    )
    page = (await client.get(f"/t/{ticket.token}")).text
    assert "&lt;b&gt;broken" in page
    assert "secret note" not in page


async def test_a_reply_joins(client: AsyncClient) -> None:
    ticket = await make_ticket()
    url = f"/t/{ticket.token}"
    for _ in range(2):
        response = await client.post(
            url, data={"body": "more\0 words", "nonce": NONCE}, follow_redirects=True
        )
        assert "more words" in response.text
    rows = await fetch("SELECT body, channel FROM message WHERE direction = 'in' ORDER BY id")
    assert [tuple(row) for row in rows][1:] == [("more words", "web")]


async def test_another_reply_from_the_same_page_joins_as_well(client: AsyncClient) -> None:
    ticket = await make_ticket()
    url = f"/t/{ticket.token}"
    for body in ("more words", "more words", "and another thing\r\nstill", "more words"):
        assert (await client.post(url, data={"body": body, "nonce": NONCE})).status_code == 303
    files = {"photos": ("note.txt", b"a note")}
    await client.post(url, data={"body": "more words", "nonce": NONCE}, files=files)
    rows = await fetch("SELECT body FROM message WHERE direction = 'in' ORDER BY id OFFSET 1")
    bodies = [row["body"] for row in rows]
    assert bodies == ["more words", "and another thing\nstill", "more words"]


@pytest.mark.parametrize("body", ["", "  ", "x" * 10_001])
async def test_a_reply_has_a_maximum_length(client: AsyncClient, body: str) -> None:
    ticket = await make_ticket()
    assert (await client.post(f"/t/{ticket.token}", data={"body": body})).status_code == 400


async def test_a_reply_after_solving_reopens_and_thanks_do_not(client: AsyncClient) -> None:
    ticket = await make_ticket()
    await fetch("UPDATE ticket SET state = 'resolved', resolved_at = now() - interval '1 day'")
    await client.post(f"/t/{ticket.token}", data={"body": "Thank you!"})
    assert await fetch_value("SELECT state FROM ticket") == "resolved"
    await client.post(f"/t/{ticket.token}", data={"body": "It broke again"})
    assert await fetch_value("SELECT state FROM ticket") == "open"


async def test_a_reply_on_a_closed_ticket_opens_a_linked_one(client: AsyncClient) -> None:
    ticket = await make_ticket()
    await fetch("UPDATE ticket SET state = 'closed', resolved_at = now() - interval '9 days'")
    response = await client.post(
        f"/t/{ticket.token}", data={"body": "It broke again"}, follow_redirects=True
    )
    row = (await fetch("SELECT number, linked_to, customer FROM ticket WHERE id > 1"))[0]
    assert (row["linked_to"], row["customer"]) == (ticket.id, ticket.customer)
    assert row["number"] in response.text


async def test_a_ticket_is_not_rated_without_end(client: AsyncClient) -> None:
    ticket = await make_ticket("The fan is loud")
    await fetch("UPDATE ticket SET state = 'resolved', resolved_at = now()")
    url = f"/t/{ticket.token}/rating"
    rated = [(await client.post(url, data={"score": "5"})).status_code for _ in range(21)]
    assert rated == [303] * 20 + [429]


async def test_a_rating(client: AsyncClient) -> None:
    ticket = await make_ticket()
    url = f"/t/{ticket.token}/rating"
    assert (await client.post(url, data={"score": "4"})).status_code == 400  # still open
    await fetch("UPDATE ticket SET state = 'resolved', resolved_at = now()")
    for score in ("", "0", "6", "x", "5 "):
        status = (await client.post(url, data={"score": score})).status_code
        assert status == (303 if score.strip() == "5" else 400)
    assert (await client.post(url, data={"score": "4"})).status_code == 303
    assert await fetch_value("SELECT score FROM rating") == 4
    assert await fetch_value("SELECT state FROM ticket") == "resolved"


async def test_a_merged_ticket_redirects_to_the_other(client: AsyncClient) -> None:
    first, second = await make_ticket(), await make_ticket()
    await fetch("UPDATE ticket SET merged_into = $1 WHERE id = $2", first.id, second.id)
    response = await client.get(f"/t/{second.token}", follow_redirects=True)
    assert response.url.path == f"/t/{first.token}"


async def test_only_a_link_that_is_on_its_way_is_said_to_be_sent(client: AsyncClient) -> None:
    await make_ticket(acknowledge=True)
    path = f"/t/{await fetch_value('SELECT token FROM ticket')}?received=1"
    english = {"Accept-Language": "en"}
    assert "We also send it to +8613800138000." in (await client.get(path, headers=english)).text
    await fetch("UPDATE outbox SET state = 'undelivered', next_attempt_at = NULL")
    assert "We also send it" not in (await client.get(path, headers=english)).text
