import asyncio
import xml.etree.ElementTree as ET
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from service_desk import clock
from service_desk.database import fetch, fetch_value
from service_desk.settings import get_settings
from service_desk.tickets import progress
from tests.factories import PHONE, make_staff, make_ticket
from tests.twilio_side import new_sid, post_signed

VOICE = "/webhooks/twilio/voice"
STRANGER = "+14155550100"


class Call:
    """A caller with a telephone: follows the TwiML as Twilio does."""

    def __init__(self, client: httpx.AsyncClient, caller: str = PHONE) -> None:
        self.client = client
        self.sid = new_sid("CA")
        self.caller = caller
        self.twiml = ET.Element("Response")

    async def post(self, path: str, **params: str) -> httpx.Response:
        fields = {"CallSid": self.sid, "From": self.caller, "To": "+8675500000000"} | params
        return await post_signed(self.client, path, fields)

    async def _next(self, path: str, **params: str) -> str:
        response = await self.post(path, **params)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/xml")
        self.twiml = ET.fromstring(response.text)
        return self.heard

    async def dial(self) -> str:
        return await self._next(VOICE, CallStatus="ringing")

    async def press(self, digits: str) -> str:
        return await self._next(self._path(self._verb("Gather").attrib["action"]), Digits=digits)

    async def press_nothing(self) -> str:
        return await self._next(self._path(self._verb("Redirect").text))

    async def speak(self, sid: str | None = None, seconds: int = 7) -> str:
        sid = sid or new_sid("RE")
        return await self._next(
            self._path(self._verb("Record").attrib["action"]),
            RecordingSid=sid,
            RecordingUrl=f"https://api.twilio.com/Recordings/{sid}",
            RecordingDuration=str(seconds),
        )

    async def hang_up(self) -> None:
        response = await self.post(f"{VOICE}/status", CallStatus="completed")
        assert response.status_code == 204

    @property
    def heard(self) -> str:
        return " ".join(say.text or "" for say in self.twiml.iter("Say"))

    @property
    def over(self) -> bool:
        return self.twiml.find("Hangup") is not None

    def _verb(self, name: str) -> ET.Element:
        verb = self.twiml.find(name)
        assert verb is not None, ET.tostring(self.twiml, encoding="unicode")
        return verb

    def _path(self, url: str | None) -> str:
        parts = urlsplit(url or "")
        assert f"{parts.scheme}://{parts.netloc}" == get_settings().public_url
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def test_a_complaint_by_phone(client) -> None:
    call = Call(client)
    assert "录音" in await call.dial()
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


async def test_a_repair_in_english(client) -> None:
    call = Call(client, STRANGER)
    assert "press 2" in await call.dial()
    await call.press("2")
    await call.speak()
    row = (await fetch("SELECT kind, locale FROM ticket"))[0]
    assert tuple(row) == ("repair", "en")


async def test_the_language_is_the_customers_and_can_be_changed(client) -> None:
    await make_ticket("The washer is broken")  # makes an English customer with a Chinese number
    call = Call(client)
    assert "press 1" in await call.dial()
    assert "投诉请按1" in await call.press("9")
    assert "press 1" in await call.press("9")
    assert await fetch_value("SELECT locale FROM phone_call") == "en"


async def test_hanging_up_at_once_leaves_one_ticket(client) -> None:
    call = Call(client)
    await call.dial()
    await call.hang_up()
    await call.hang_up()
    row = (await fetch("SELECT kind, channel FROM ticket"))[0]
    assert tuple(row) == ("enquiry", "call")
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 1


async def test_hanging_up_ten_times_at_once_leaves_one_ticket(client) -> None:
    call = Call(client)
    await call.dial()
    await asyncio.gather(*(call.hang_up() for _ in range(10)))
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_call_we_never_answered_leaves_a_ticket(client) -> None:
    for status in ("no-answer", "busy", "failed", "canceled"):
        call = Call(client, f"+8613800138{len(status):03}")
        await call.post(f"{VOICE}/status", CallStatus=status)
    assert await fetch_value("SELECT count(*) FROM ticket") == 4
    await Call(client).post(f"{VOICE}/status", CallStatus="ringing")
    assert await fetch_value("SELECT count(*) FROM ticket") == 4


async def test_a_recording_that_comes_after_the_end_is_on_the_same_ticket(client) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    await call.hang_up()
    await call.speak()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM message WHERE direction = 'in'") == 2


async def test_a_recording_and_the_end_at_once_are_one_ticket(client) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    await asyncio.gather(call.speak(), call.hang_up())
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_the_same_recording_again_is_answered_the_same(client) -> None:
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


async def test_a_silent_caller_gets_a_ticket_too(client) -> None:
    call = Call(client)
    await call.dial()
    await call.press("1")
    heard = await call.press_nothing()  # an empty recording skips its action
    number = await fetch_value("SELECT number FROM ticket")
    assert " ".join(number) in heard
    assert call.over


async def test_who_presses_nothing_is_asked_to_leave_a_message(client) -> None:
    call = Call(client)
    await call.dial()
    assert "抱歉" in await call.press_nothing()
    assert "抱歉" in await call.press_nothing()
    assert "回电" in await call.press_nothing()
    await call.speak()
    assert await fetch_value("SELECT count(*) FROM ticket_event WHERE type = 'callback.requested'")


async def test_a_wrong_key_is_asked_again(client) -> None:
    call = Call(client)
    await call.dial()
    assert "抱歉" in await call.press("7")
    assert "提示音" in await call.press("1")


async def test_progress_by_keyed_number(client) -> None:
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


async def test_a_message_about_the_ticket_asked_for(client) -> None:
    ticket = await make_ticket("洗衣机坏了")
    await make_ticket("冰箱也坏了")
    call = Call(client)
    await call.dial()
    await call.press("3")
    await call.press(ticket.number)
    await call.press("1")
    assert " ".join(ticket.number) in await call.speak()
    assert await fetch_value("SELECT count(*) FROM message WHERE ticket = $1", ticket.id) == 2


async def test_somebody_elses_ticket_tells_nothing(client) -> None:
    ticket = await make_ticket("洗衣机坏了", phone="+8613800138009")
    call = Call(client)
    await call.dial()
    await call.press("3")
    for _ in range(2):
        assert "没有找到" in await call.press(ticket.number)
    assert "回电" in await call.press(ticket.number)


async def test_nothing_keyed_ends_in_a_message(client) -> None:
    call = Call(client)
    await call.dial()
    await call.press("3")
    await call.press_nothing()
    await call.press_nothing()
    assert "提示音" in await call.press_nothing()


async def test_a_call_joins_the_open_ticket(client) -> None:
    ticket = await make_ticket("洗衣机坏了")
    call = Call(client)
    await call.dial()
    await call.press("1")
    assert " ".join(ticket.number) in await call.speak()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


async def test_a_call_reopens_what_was_solved_yesterday(client) -> None:
    ticket = await make_ticket("洗衣机坏了")
    staff, yesterday = await make_staff(), clock.now() - timedelta(days=1)
    await progress.resolve(ticket.number, "修好了", staff_id=staff, now=yesterday)
    call = Call(client)
    await call.dial()
    await call.press("1")
    await call.speak()
    assert await fetch_value("SELECT state FROM ticket") == "open"


async def test_a_transcription_is_the_customers_word_once(client) -> None:
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


async def test_a_transcription_that_comes_first_is_not_lost(client) -> None:
    call = Call(client, STRANGER)
    await call.dial()
    await call.press("1")
    await call.post(f"{VOICE}/transcription", RecordingSid="RE1", TranscriptionText="It leaks")
    await call.speak("RE1")
    assert "It leaks" in await fetch_value("SELECT description FROM ticket")


async def test_a_failed_transcription_says_nothing(client) -> None:
    call = Call(client)
    await call.dial()
    failed = {"RecordingSid": "RE1", "TranscriptionText": "", "TranscriptionStatus": "failed"}
    assert (await call.post(f"{VOICE}/transcription", **failed)).status_code == 204
    assert await fetch_value("SELECT transcription FROM phone_call") is None


@pytest.mark.parametrize("caller", ["anonymous", "", "Restricted"])
async def test_a_withheld_number_still_leaves_a_ticket(client, caller: str) -> None:
    call = Call(client, caller)
    await call.dial()
    await call.press("0")
    await call.speak()
    await call.hang_up()
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


@pytest.mark.parametrize("path", ["", "/menu", "/menu?step=number", "/menu?step=after",
                                  "/menu?step=x&attempt=99", "/recording"])  # fmt: skip
async def test_every_step_answers_with_twiml_even_if_asked_out_of_turn(client, path: str) -> None:
    response = await Call(client).post(VOICE + path)
    assert response.status_code == 200
    assert ET.fromstring(response.text).tag == "Response"


async def test_a_call_without_an_id_is_refused(client) -> None:
    response = await post_signed(client, VOICE, {"From": PHONE})
    assert response.status_code == 400
    assert "CallSid" in response.json()["detail"]
