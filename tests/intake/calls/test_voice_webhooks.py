import asyncio
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from tests.caller import VOICE, Call
from tests.factories import PHONE, make_staff, make_ticket, resolve
from tests.twilio_side import new_sid, post_signed

STRANGER = "+14155550100"


async def test_a_complaint_by_phone(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    assert "提示音" in await call.press("1")
    heard = await call.speak()
    ticket = (await fetch("SELECT * FROM ticket"))[0]
    assert " ".join(ticket["number"]) in heard
    assert call.over
    assert (ticket["kind"], ticket["channel"], ticket["locale"]) == ("complaint", "call", "zh")
    await call.hang_up()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    recording = await fetch_value("SELECT source_url FROM attachment")
    assert recording.startswith("https://api.twilio.com/Recordings/RE")
    # The number also comes by SMS.
    sent = await fetch_value("SELECT body FROM outbox WHERE purpose = 'acknowledgement'")
    assert ticket["number"] in sent


async def test_a_repair_in_english(client: AsyncClient) -> None:
    call = Call(client, STRANGER)
    assert "press 2" in await call.dial()
    await call.press("2")
    await call.speak()
    row = (await fetch("SELECT kind, locale FROM ticket"))[0]
    assert tuple(row) == ("repair", "en")


async def test_the_language_is_the_customers_and_can_be_changed(client: AsyncClient) -> None:
    await make_ticket("The washer is broken")  # makes an English customer with a Chinese number
    call = Call(client)
    assert "press 1" in await call.dial()
    assert "投诉请按1" in await call.press("9")
    assert "press 1" in await call.press("9")
    assert await fetch_value("SELECT locale FROM phone_call") == "en"


async def test_the_other_language_however_often_it_is_asked_for(client: AsyncClient) -> None:
    call = Call(client)
    menu = await call.dial()
    in_chinese = call.twiml
    for _ in range(3):
        call.twiml = in_chinese
        heard = await call.press("9")
        assert "press 1" in heard
    assert await call.press("9") == menu.removeprefix("您好，这里是售后服务台。 ")


@pytest.mark.parametrize(("language", "notice"), [(None, "留言将被录音"), ("9", "is recorded")])
async def test_the_notice_of_recording_cannot_be_skipped(
    client: AsyncClient, language: str | None, notice: str
) -> None:
    """What a question says ends with the first key: this is said outside of one, each time."""
    ticket = await make_ticket("洗衣机坏了")
    ways = [["1"], ["2"], ["0"], ["3", ticket.number, "1"], ["7", "7", "7"]]
    for way in ways:
        call = Call(client)
        await call.dial()
        for key in [language, *way] if language else way:
            await call.press(key)
        assert call.twiml.find("Record") is not None
        words = [say.text or "" for say in call.twiml.findall("Say")]
        assert sum(notice in said for said in words) == 1


async def test_only_the_callers_own_open_ticket_is_read_out(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    assert ticket.number[-1] not in await Call(client, "+8613800138009").dial()
    staff = await make_staff()
    await resolve(ticket.number, "修好了", staff_id=staff, now=wall_clock.now())
    assert " ".join(ticket.number) not in await Call(client).dial()


async def test_the_same_recording_again_is_answered_the_same(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    menu, sid = call.twiml, new_sid("RE")

    async def once() -> str:
        again = Call(client)
        again.sid, again.twiml = call.sid, menu
        return await again.speak(sid)

    heard = await asyncio.gather(*(once() for _ in range(10)))
    assert len(set(heard)) == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1


async def test_a_silent_caller_gets_a_ticket_too(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    heard = await call.press_nothing()  # an empty recording skips its action
    number = await fetch_value("SELECT number FROM ticket")
    assert " ".join(number) in heard
    assert call.over


async def test_a_caller_who_presses_nothing_is_asked_to_leave_a_message(
    client: AsyncClient,
) -> None:
    call = Call(client)
    await call.dial()
    assert "抱歉" in await call.press_nothing()
    assert "抱歉" in await call.press_nothing()
    assert "回电" in await call.press_nothing()
    await call.speak()
    assert await fetch_value("SELECT count(*) FROM ticket_event WHERE type = 'callback.requested'")


async def test_a_wrong_key_repeats_the_question(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    assert "抱歉" in await call.press("7")
    assert "提示音" in await call.press("1")


async def test_progress_by_keyed_number(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    call = Call(client)
    await call.dial()
    assert "工单号" in await call.press("3")
    wrong = ticket.number[:-1] + str((int(ticket.number[-1]) + 1) % 10)
    assert "不是有效" in await call.press(wrong)
    heard = await call.press(ticket.number)
    assert " ".join(ticket.number) in heard
    assert "已收到" in heard
    await call.hang_up()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message") == 1


async def test_a_message_about_the_ticket_asked_for(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    await make_ticket("冰箱也坏了")
    call = Call(client)
    await call.dial()
    await call.press("3")
    await call.press(ticket.number)
    await call.press("1")
    assert " ".join(ticket.number) in await call.speak()
    assert await fetch_value("SELECT count(*) FROM message WHERE ticket = $1", ticket.id) == 2


async def test_somebody_elses_ticket_reveals_nothing(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了", phone="+8613800138009")
    await make_ticket("冰箱坏了")
    call = Call(client)
    await call.dial()
    await call.press("3")
    for _ in range(2):
        assert "没有找到" in await call.press(ticket.number)
    assert "回电" in await call.press(ticket.number)


@pytest.mark.parametrize("key", ["1", "0", "5", ""])
async def test_a_caller_without_tickets_is_not_asked_for_a_number(
    client: AsyncClient, key: str
) -> None:
    call = Call(client, STRANGER)
    await call.dial()
    assert "no ticket under your phone number" in await call.press("3")
    assert "call you back" in await (call.press(key) if key else call.press_nothing())
    await call.hang_up()
    assert await fetch_value("SELECT callback_requested_at IS NOT NULL FROM ticket")


async def test_a_person_after_hearing_how_the_ticket_stands(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    waits = "SELECT callback_requested_at IS NOT NULL FROM ticket WHERE id = $1"
    call = Call(client)
    await call.dial()
    await call.press("3")
    assert "人工服务请按0" in await call.press(ticket.number)
    assert "回电" in await call.press("0")
    assert not await fetch_value(waits, ticket.id)
    await call.hang_up()  # without a word: they want to be called all the same
    assert await fetch_value(waits, ticket.id)
    requested = "SELECT count(*) FROM ticket_event WHERE type = 'callback.requested'"
    assert await fetch_value(requested) == 1


async def test_a_message_for_a_person_requests_one_callback(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    call = Call(client)
    await call.dial()
    await call.press("3")
    await call.press(ticket.number)
    await call.press("0")
    await call.speak()
    await call.hang_up()
    requested = "SELECT count(*) FROM ticket_event WHERE type = 'callback.requested'"
    assert await fetch_value(requested) == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2


async def test_nothing_keyed_ends_in_a_message(client: AsyncClient) -> None:
    await make_ticket("洗衣机坏了")
    call = Call(client)
    await call.dial()
    await call.press("3")
    await call.press_nothing()
    await call.press_nothing()
    assert "提示音" in await call.press_nothing()


async def test_a_call_joins_the_open_ticket(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    call = Call(client)
    await call.dial()
    await call.press("1")
    assert " ".join(ticket.number) in await call.speak()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_call_reopens_what_was_solved_yesterday(client: AsyncClient) -> None:
    ticket = await make_ticket("洗衣机坏了")
    staff, yesterday = await make_staff(), wall_clock.now() - timedelta(days=1)
    await resolve(ticket.number, "修好了", staff_id=staff, now=yesterday)
    call = Call(client)
    await call.dial()
    await call.press("1")
    await call.speak()
    assert await fetch_value("SELECT state FROM ticket") == "open"


async def test_a_transcription_is_one_message_of_the_customer(client: AsyncClient) -> None:
    call = Call(client, STRANGER)
    await call.dial()
    await call.press("1")
    sid = new_sid("RE")
    await call.speak(sid)
    words = {
        "RecordingSid": sid,
        "TranscriptionSid": new_sid("TR"),
        "TranscriptionText": "There is smoke",
        "TranscriptionStatus": "completed",
    }
    for _ in range(2):
        assert (await call.post(f"{VOICE}/transcription", **words)).status_code == 204
    said = await fetch("SELECT body FROM message WHERE direction = 'in' ORDER BY id")
    assert [row["body"] for row in said] == ["Voice message, 7 s.", "There is smoke"]
    assert await fetch_value("SELECT severity FROM ticket") == "safety"


async def test_a_transcription_that_comes_first_is_not_lost(client: AsyncClient) -> None:
    call = Call(client, STRANGER)
    await call.dial()
    await call.press("1")
    await call.post(f"{VOICE}/transcription", RecordingSid="RE1", TranscriptionText="It leaks")
    await call.speak("RE1")
    assert "It leaks" in await fetch_value("SELECT description FROM ticket")


async def test_a_failed_transcription_says_nothing(client: AsyncClient) -> None:
    call = Call(client)
    await call.dial()
    failed = {"RecordingSid": "RE1", "TranscriptionText": "", "TranscriptionStatus": "failed"}
    assert (await call.post(f"{VOICE}/transcription", **failed)).status_code == 204
    assert await fetch_value("SELECT transcription FROM phone_call") is None


@pytest.mark.parametrize("path", ["", "/menu", "/menu?step=number", "/menu?step=after",
                                  "/menu?step=x&attempt=99", "/recording"])  # fmt: skip
async def test_every_step_answers_with_twiml_even_if_asked_out_of_turn(
    client: AsyncClient, path: str
) -> None:
    response = await Call(client).post(VOICE + path)
    assert response.status_code == 200
    assert ET.fromstring(response.text).tag == "Response"


async def test_a_call_without_an_id_is_refused(client: AsyncClient) -> None:
    response = await post_signed(client, VOICE, {"From": PHONE})
    assert response.status_code == 400
    assert "CallSid" in response.json()["detail"]
