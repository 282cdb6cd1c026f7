"""Every branch of the phone menu, walked as a graph.

From the greeting on, whatever TwiML names is called with all that a caller, a mailbox or the
carrier could answer there. Every address answers 200 with TwiML that Twilio would take, twice the
same; every way ends; and hanging up anywhere leaves exactly one ticket that says so.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from httpx import AsyncClient
from msgspec import Struct
from twilio.twiml.voice_response import VoiceResponse

from service_desk import wall_clock
from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.opening.new_ticket import OpenedTicket
from service_desk.rules.tickets.numbers import make_number
from service_desk.settings import get_settings
from tests.caller import VOICE, Call
from tests.factories import PHONE, make_staff, make_ticket
from tests.profiles import in_depth
from tests.twilio_side import new_sid

pytestmark = pytest.mark.nightly

ALLOWED = {
    "Response": {"Say", "Gather", "Record", "Redirect", "Hangup", "Dial"},
    "Gather": {"Say"},
    "Dial": {"Number"},
    "Say": set[str](),
    "Record": set[str](),
    "Redirect": set[str](),
    "Hangup": set[str](),
    "Number": set[str](),
}
ONE_KEY = ("", *"0123456789*#")
ODD = ("１", "-1", "🙂", "0" * 5000, "1\0", "%00", "<Say/>")
DIAL_STATUSES = ("completed", "answered", "busy", "no-answer", "failed", "canceled", "", "🙂")
LOCALES = ("en-US", "zh-CN")
MAX_STEPS = in_depth(4, 3)


class Step(Struct, frozen=True):
    """One webhook: where to, and what Twilio would say."""

    path: str
    params: tuple[tuple[str, str], ...] = ()

    @property
    def digits(self) -> str | None:
        return dict(self.params).get("Digits")


@pytest.mark.parametrize("caller", in_depth([PHONE, "anonymous"], [PHONE]))
async def test_every_branch(client: AsyncClient, caller: str) -> None:
    own = await make_ticket("洗衣机坏了", at=wall_clock.now())
    others = await make_ticket("冰箱坏了", phone="+8613800138777", at=wall_clock.now())
    mistyped = make_number(1)[:-1] + "0"
    await staff_at_the_phone("zh", "en")
    call = Call(client, caller)
    seen: dict[Step, str] = {}
    ahead = [Step(VOICE)]
    while ahead:
        step = ahead.pop()
        if step in seen:
            continue
        first, again = await post(call, step), await post(call, step)
        assert first == again, step
        seen[step] = first
        if not step.path.endswith("/transcription"):
            keyed = (own.number, others.number, mistyped, "057188888888", *ODD)
            ahead += followers(well_formed(first), (*ONE_KEY, *ODD), keyed, DIAL_STATUSES)
    assert {urlsplit(step.path).path.removeprefix(VOICE) for step in seen} == {
        *("", "/menu", "/dialled", "/offer", "/recording", "/transcription")
    }
    assert len(seen) > 200
    for locale in LOCALES:
        assert " ".join(seen.values()).count(f'language="{locale}"') > 50
    assert await fetch_value("SELECT count(*) FROM ticket") == (2 if caller == PHONE else 3)


@pytest.mark.parametrize(
    ("staffed", "ticket_state"),
    [
        *((False, "resolved"), (True, "resolved long ago")),
        *in_depth(
            [(True, None), (False, None), (True, "open"), (False, "open"), (False, "closed")], []
        ),
    ],
)
async def test_hanging_up_anywhere(
    client: AsyncClient, staffed: bool, ticket_state: str | None
) -> None:
    """A walk through the menu that stops after each of its steps: for each way one caller, who
    has no ticket (`standing` None) or one that stands so."""
    if staffed:
        await staff_at_the_phone("zh")
    callers = (f"+86138001{serial:05}" for serial in range(10_000, 20_000))
    ways: list[list[Step]] = [[]]
    walked = 0
    while ways:
        way = ways.pop()
        caller = next(callers)
        ticket = await ticket_of(caller, ticket_state) if ticket_state else None
        call = Call(client, caller)
        number = ticket.number if ticket is not None else make_number(9)
        own = {"CA_OWN": call.sid, "100014": number}  # what is this call's in a way walked before
        legs: dict[str, ET.Element] = {}
        for step in (Step(VOICE), *way):
            # An offer is another leg's: meanwhile the caller's own goes on where it was.
            if twiml := await post(call, renamed(step, own)):
                legs[leg(step)] = well_formed(twiml)
        await assert_hanging_up_is_right(call, caller, ticket, ticket_state)
        walked += 1
        if len(way) < MAX_STEPS:
            back = {mine: name for name, mine in own.items()}
            for twiml in legs.values():
                steps = followers(twiml, "01239", (number, "1"), ("completed", "no-answer"))
                any_ones = [renamed(step, back) for step in steps]
                ways += [[*way, step] for step in any_ones if leads_on(step, way)]
    assert walked > (in_depth(70, 40) if staffed else in_depth(35, 30))


def renamed(step: Step, names: Mapping[str, str]) -> Step:
    path, params = step.path, step.params
    for old, new in names.items():
        path = path.replace(old, new)
        params = tuple((name, value.replace(old, new)) for name, value in params)
    return Step(path, params)


def leg(step: Step) -> str:
    return "staff" if "/offer" in step.path else "caller"


def leads_on(step: Step, way: list[Step]) -> bool:
    """Of ways that go in circles one is enough, and one key in the other language."""
    last = way[-1] if way else Step("")
    if step in way:
        return False
    if last.digits == "9":
        return step.digits == "1"
    if any(leg(one) == "staff" and one.digits == "1" for one in way):
        return ("DialCallStatus", "no-answer") not in step.params
    if "/menu" in last.path and not last.params:  # silence is followed by silence
        return not step.params or "/menu" not in step.path
    return True


async def ticket_of(caller: str, ticket_state: str) -> OpenedTicket:
    now = wall_clock.now()
    ticket = await make_ticket("洗衣机坏了", phone=caller, at=now)
    if ticket_state != "open":
        solved = now - timedelta(days=1 if ticket_state == "resolved" else 8)
        state = "closed" if ticket_state == "closed" else "resolved"
        await fetch(
            "UPDATE ticket SET state = $2, resolved_at = $3, last_message_at = $3 WHERE id = $1",
            *(ticket.id, state, solved),
        )
    return ticket


async def assert_hanging_up_is_right(
    call: Call, caller: str, before: OpenedTicket | None, ticket_state: str | None
) -> None:
    await call.hang_up()
    await call.hang_up()
    row = await fetch_one("SELECT * FROM phone_call WHERE call_sid = $1", call.sid)
    assert row is not None
    assert row["status"] == "completed"
    assert row["ended_at"] is not None
    events = await fetch("SELECT type FROM ticket_event WHERE ticket = $1", row["ticket"])
    types = [event["type"] for event in events]
    assert types.count("call.ended") == 1
    talked = row["answered_by"] is not None
    assert types.count("call.logged") == talked
    tickets = await fetch(
        "SELECT t.id, t.state, t.linked_to, t.callback_requested_at FROM ticket t "
        "JOIN customer c ON c.id = t.customer WHERE c.phone = $1 ORDER BY t.id",
        caller,
    )
    last = tickets[-1]
    waits = last["callback_requested_at"] is not None
    assert waits == (row["menu_choice"] == "person" and not talked)
    silent = row["menu_choice"] in (None, "progress") and not row["recording_sid"]
    messages = types.count("message.received")
    if before is None:
        assert [ticket["id"] for ticket in tickets] == [row["ticket"]]
    elif ticket_state in ("open", "resolved"):  # it can be reopened: the call is on it
        assert [ticket["id"] for ticket in tickets] == [row["ticket"]] == [before.id]
        # Only who chose and said nothing has left nothing to answer.
        assert messages >= 1 or silent
        assert (last["state"] == "resolved") == (ticket_state == "resolved" and not messages)
    elif row["ticket"] == before.id:  # they only asked how it stands
        assert len(tickets) == 1
        assert row["menu_choice"] == "progress"
        assert messages == 0
    else:  # a new one follows the old one, on which nothing is buried
        assert [ticket["linked_to"] for ticket in tickets] == [None, before.id]
        assert row["ticket"] == last["id"]
        assert tickets[0]["state"] not in ("new", "open")
        old = "SELECT count(*) FROM message WHERE ticket = $1"
        assert await fetch_value(old, before.id) == 1


def followers(
    twiml: ET.Element, keys: Iterable[str], numbers: Iterable[str], statuses: Iterable[str]
) -> Iterator[Step]:
    """Every webhook that may come after this TwiML. `keys` where one is asked for, `numbers` where
    several are; `statuses` of the staff's phones that rang."""
    for verb in twiml:
        match verb.tag:
            case "Gather":
                for digits in keys if "numDigits" in verb.attrib else numbers:
                    yield Step(path_of(verb.attrib["action"]), (("Digits", digits),))
            case "Record":
                yield Step(path_of(verb.attrib["action"]), (("RecordingSid", "own"),))
                if "transcribeCallback" in verb.attrib:
                    words = (("RecordingSid", "own"), ("TranscriptionText", "It leaks"))
                    yield Step(path_of(verb.attrib["transcribeCallback"]), words)
            case "Redirect":
                yield Step(path_of(verb.text or ""))
            case "Dial":
                for number in verb:
                    yield Step(path_of(number.attrib["url"]))
                for status in statuses:
                    yield Step(path_of(verb.attrib["action"]), (("DialCallStatus", status),))
            case _:
                pass


def well_formed(twiml: str) -> ET.Element:
    """What Twilio would take: known verbs in their places, addresses of ours, and an end."""
    assert twiml.startswith("<?xml")
    response = ET.fromstring(twiml)
    assert response.tag == "Response"
    for parent in response.iter():
        assert {child.tag for child in parent} <= ALLOWED[parent.tag], twiml
        if parent.tag == "Say":
            assert parent.text
            assert parent.attrib["language"] in LOCALES
    for element in response.iter():
        if element.attrib.get("transcribe") == "true":
            # https://www.twilio.com/docs/api/errors/13617
            assert 2 < int(element.attrib["maxLength"]) < 120
            assert "transcribeCallback" in element.attrib
        for name in ("action", "url", "transcribeCallback"):
            if name in element.attrib:
                path_of(element.attrib[name])
                assert element.attrib.get("method", "POST") == "POST"
    if len(response):  # else: the staff member is connected
        assert response[-1].tag in ("Redirect", "Hangup", "Dial"), twiml
        assert len(twiml) < 64 * 1024
    return response


def path_of(url: str) -> str:
    """An address in TwiML is this desk's, whole, and one that Twilio may call."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == get_settings().public_url
    assert parts.path.startswith(f"{VOICE}/")
    assert all(value for _, value in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def post(call: Call, step: Step) -> str:
    params = dict(step.params)
    if "RecordingSid" in params:
        params["RecordingSid"] = f"RE{call.sid}"
    if leg(step) == "staff":
        params |= {"CallSid": new_sid("CA"), "ParentCallSid": call.sid}
    response = await call.post(step.path, **params)
    silent = step.path.endswith("/transcription")
    assert response.status_code == (204 if silent else 200), (step, response.text)
    if not silent:
        assert response.headers["content-type"].startswith("text/xml")
    return response.text


async def staff_at_the_phone(*locales: str) -> None:
    for serial, locale in enumerate(locales, 11):
        staff = await make_staff("agent", f"{serial}@desk.test", name="Lin", locale=locale)
        await fetch(
            "UPDATE staff SET phone = $2, takes_calls = true WHERE id = $1",
            *(staff, f"+86139000000{serial}"),
        )


def test_the_walk_finds_malformed_twiml() -> None:
    unended: Any = VoiceResponse()  # Twilio's library gives no types
    unended.say("Hello", language="en-US")
    foreign: Any = VoiceResponse()
    foreign.redirect("https://elsewhere.example/webhooks/twilio/voice/menu")
    for wrong in (unended, foreign):
        with pytest.raises(AssertionError):
            list(followers(well_formed(str(wrong)), "1", (), ()))
