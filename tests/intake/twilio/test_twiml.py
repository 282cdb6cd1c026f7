"""What became of an answer that left as TwiML: Twilio reports it to the address in it."""

import xml.etree.ElementTree as ET

from httpx import AsyncClient

from service_desk.database import fetch, fetch_value
from service_desk.settings import get_settings
from tests.twilio_side import new_sid, post_signed, sms


async def ask(client: AsyncClient, body: str, **fields: str) -> str:
    """Text the desk; where the answer's fate is to be reported, as a path."""
    response = await post_signed(client, "/webhooks/twilio/sms", sms(body, **fields))
    message = ET.fromstring(response.text).find("Message")
    assert message is not None
    return message.attrib["statusCallback"].removeprefix(get_settings().public_url)


async def report(client: AsyncClient, path: str, sid: str, status: str, code: str = "") -> None:
    fields = {"MessageSid": sid, "MessageStatus": status, "ErrorCode": code}
    assert (await post_signed(client, path, fields)).status_code == 204


async def test_an_answer_is_reported_to_its_row(client: AsyncClient) -> None:
    first, second = await ask(client, "The washer is broken"), await ask(client, "STATUS")
    ids = [row["id"] for row in await fetch("SELECT id FROM outbox ORDER BY id")]
    assert [first, second] == [f"/webhooks/twilio/sms-status?outbox={id_}" for id_ in ids]
    sid = new_sid()
    await report(client, second, sid, "sent")
    row = (await fetch("SELECT state, provider_id FROM outbox WHERE id = $1", ids[1]))[0]
    assert tuple(row) == ("sent", sid)  # nothing new but the MessageSid
    await report(client, second, sid, "delivered")
    await report(client, second, sid, "sent")
    await report(client, first, new_sid(), "undelivered", "30003")
    states = await fetch("SELECT state FROM outbox ORDER BY id")
    assert [row["state"] for row in states] == ["undelivered", "delivered"]


async def test_a_text_with_our_placeholder_is_not_changed(client: AsyncClient) -> None:
    await ask(client, "The washer is broken")
    await fetch("UPDATE ticket SET number = '{outbox}'")
    await ask(client, "STATUS")
    row = (await fetch("SELECT id, body FROM outbox ORDER BY id DESC LIMIT 1"))[0]
    assert "{outbox}" in row["body"]
    answer = await fetch_value("SELECT response FROM inbound_receipt ORDER BY at DESC LIMIT 1")
    assert f"outbox={row['id']}" in answer
    assert "{outbox}" in answer


async def test_an_answer_blocked_by_the_carrier_opts_out(client: AsyncClient) -> None:
    path = await ask(client, "The washer is broken")
    await report(client, path, new_sid(), "failed", "21610")
    assert await fetch_value("SELECT opted_out_at FROM customer")
    assert await fetch_value("SELECT state FROM outbox") == "failed"


async def test_the_same_text_again_names_the_same_row(client: AsyncClient) -> None:
    sid = new_sid()
    assert await ask(client, "broken", sid=sid) == await ask(client, "broken", sid=sid)
