"""Sixty texts (nightly: 1,000), each delivered one to five times in any order, and a
web process that is killed.

The senders are of four kinds: some write and ask how it stands, some have two tickets and name
them, some rate what was solved, some opt out and in again.
"""

import random
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
from msgspec import Struct

from service_desk import wall_clock
from service_desk.clocks.verification import verify_clocks
from service_desk.database import fetch, fetch_value
from service_desk.embedded import ServerUrls
from service_desk.rules.words.languages import Locale
from service_desk.texts.customer_texts import TEXTS
from tests.factories import make_staff, make_ticket, resolve
from tests.intake.storm import Carrier, Text, Web, killed_in_the_middle
from tests.profiles import in_depth
from tests.twilio_side import number_in, sms

pytestmark = pytest.mark.nightly

SENDERS, TEXTS_EACH = in_depth((50, 20), (10, 6))
KILLS = in_depth(2, 1)
COMMANDS = {
    "status": {"en": "STATUS", "zh": "进度"},
    "help": {"en": "HELP", "zh": "帮助"},
    "stop": {"en": "STOP", "zh": "退订"},
    "start": {"en": "START", "zh": "恢复"},
    "thanks": {"en": "Thanks!", "zh": "谢谢"},
}
KINDS = {
    "plain": ["words"] * 8 + ["status", "help"],
    "two": ["words", "named", "named", "named", "status"],
    "solved": ["4", "5", "5", "thanks"],
    "stopping": ["words", "words", "stop", "start"],
}
ROLES = (
    "plain",
    "two",
    "plain",
    "solved",
    "plain",
    "stopping",
    "plain",
    "two",
    "solved",
    "stopping",
)
PARTS = {"en": "abcdefghijklmnopqrst", "zh": "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸"}


class Sender(Struct):
    """`numbers`: of the tickets that there were before."""

    phone: str
    locale: Locale
    role: str
    numbers: tuple[str, ...] = ()


@pytest.fixture
async def web(desk: str, servers: ServerUrls) -> AsyncGenerator[Web]:
    web = Web(servers)
    await web.start()
    yield web
    await web.kill()


async def senders(count: int) -> list[Sender]:
    made: list[Sender] = []
    staff, now = await make_staff(), wall_clock.now()
    for place in range(count):
        sender = Sender(
            f"+8613800{place:06}", "en" if place // 2 % 2 else "zh", ROLES[place % len(ROLES)]
        )
        before = {"two": 2, "solved": 1}.get(sender.role, 0)
        words = "It is broken" if sender.locale == "en" else "坏了"
        tickets = [await make_ticket(words, phone=sender.phone, at=now) for _ in range(before)]
        sender.numbers = tuple(ticket.number for ticket in tickets)
        if sender.role == "solved":
            await resolve(sender.numbers[0], "Mended", staff_id=staff, now=now)
        made.append(sender)
    return made


def texts_of(sender: Sender, chance: random.Random) -> list[Text]:
    made: list[Text] = []
    for place in range(TEXTS_EACH):
        kind = chance.choice(KINDS[sender.role])
        if place == 0 and sender.role in ("plain", "stopping"):
            kind = "words"
        about = chance.choice(sender.numbers) if kind == "named" else None
        part = PARTS[sender.locale][place]
        words = f"Part {part} is broken" if sender.locale == "en" else f"坏了，之{part}"
        if kind == "named":
            words = f"#{about}: {words}" if sender.locale == "en" else f"工单{about}，{words}"
        command = COMMANDS.get(kind)
        body = command[sender.locale] if command else kind if kind.isdigit() else words
        params = sms(body, sender=sender.phone)
        made.append(Text(sender.phone, sender.locale, kind, params, about))
    return made


@pytest.mark.parametrize("killed", in_depth([True, False], [True]))
async def test_each_text_is_one_message_with_the_right_reply(web: Web, killed: bool) -> None:
    chance = random.Random(5)
    all_senders = await senders(SENDERS)
    sent = [text for sender in all_senders for text in texts_of(sender, chance)]
    assert len(sent) == SENDERS * TEXTS_EACH
    deliveries = [text for text in sent for _ in range(chance.randint(1, 5))]
    chance.shuffle(deliveries)
    carrier = Carrier(web, [*deliveries])
    async with killed_in_the_middle(carrier, KILLS) if killed else nullcontext():
        await carrier.deliver_all()
    if killed:
        assert carrier.repeated > 0, "the process was killed while nothing was under way"
    assert carrier.answered == len(deliveries)
    receipts = "SELECT count(*) FROM inbound_receipt WHERE key LIKE 'sms:%'"
    assert await fetch_value(receipts) == len(sent)
    assert await fetch_value("SELECT count(*) FROM outbox WHERE purpose = 'auto_reply'") == len(
        sent
    )

    by_sender: dict[str, list[Text]] = defaultdict(list)
    for text in sent:
        assert len(set(text.answers)) == 1, text
        by_sender[text.phone].append(text)
    for sender in all_senders:
        await _check_sender(sender, by_sender[sender.phone])
    async for batch in verify_clocks(wall_clock.now()):
        assert batch.differences == []


async def _check_sender(sender: Sender, own: list[Text]) -> None:
    tickets = await fetch(
        "SELECT t.number, t.token, t.id, t.state FROM ticket t "
        "JOIN customer c ON c.id = t.customer WHERE c.phone = $1 ORDER BY t.id",
        sender.phone,
    )
    assert len(tickets) == max(1, len(sender.numbers)), sender
    stored = await fetch(
        "SELECT m.provider_id, m.body, t.number FROM message m JOIN ticket t ON t.id = m.ticket "
        "WHERE m.ticket = ANY($1) AND m.provider_id IS NOT NULL",
        [ticket["id"] for ticket in tickets],
    )
    on_a_ticket = [text for text in own if text.kind not in ("status", "help", "stop", "start")]
    assert sorted((row["provider_id"], row["body"]) for row in stored) == sorted(
        (text.params["MessageSid"], text.params["Body"]) for text in on_a_ticket
    )
    where = {row["provider_id"]: row["number"] for row in stored}
    assert all(
        where[text.params["MessageSid"]] == text.about for text in own if text.kind == "named"
    )
    match sender.role:
        case "plain":
            _check_plain(own, tickets[0])
        case "two":
            _check_two(sender, own, where)
        case "solved":
            assert tickets[0]["state"] == "resolved"
            await _check_solved(sender, own)
        case _:
            await _check_stopping(sender, own)


def _check_plain(own: list[Text], ticket: Any) -> None:
    number, token = ticket["number"], ticket["token"]
    opened = 0
    for text in own:
        answer = text.answers[0]
        if text.kind == "help":
            assert "/support" in answer
        elif text.kind == "status":
            none = reply_in("status_none", text.locale)
            assert answer == none or (number in answer and token in answer), answer
        elif token in answer:
            opened += 1
            assert number_in(answer) == number
        else:
            assert answer == reply_in("joined", text.locale, number=number)
    assert opened == 1, ticket


def _check_two(sender: Sender, own: list[Text], where: dict[str, str]) -> None:
    listed = ", ".join(reversed(sender.numbers))
    for text in own:
        if text.kind == "status":
            right = reply_in("status_many", sender.locale, count=2, tickets=listed)
        else:
            right = reply_in("joined", sender.locale, number=where[text.params["MessageSid"]])
        assert text.answers[0] == right


async def _check_solved(sender: Sender, own: list[Text]) -> None:
    number = sender.numbers[0]
    scores = {int(text.kind) for text in own if text.kind.isdigit()}
    for text in own:
        if text.kind == "thanks":
            assert text.answers[0] == reply_in("thanks", sender.locale, number=number)
        else:
            right = reply_in("rating_thanks", sender.locale, number=number, score=text.kind)
            assert text.answers[0] == right
    rated = await fetch(
        "SELECT r.score FROM rating r JOIN ticket t ON t.id = r.ticket WHERE t.number = $1", number
    )
    assert len(rated) == 1
    assert rated[0]["score"] in scores


async def _check_stopping(sender: Sender, own: Sequence[Text]) -> None:
    """In the order in which the desk heard them: who had opted out got no answer."""
    answers = await fetch(
        "SELECT body, state FROM outbox WHERE recipient = $1 AND purpose = 'auto_reply' "
        "ORDER BY id",
        sender.phone,
    )
    stopped, started = (reply_in(name, sender.locale) for name in ("opted_out", "opted_in"))
    bodies = [row["body"] for row in answers]
    assert bodies.count(stopped) == sum(text.kind == "stop" for text in own)
    assert bodies.count(started) == sum(text.kind == "start" for text in own)
    opted_out = False
    for row in answers:
        if row["body"] in (stopped, started):
            opted_out = row["body"] == stopped
            assert row["state"] == "sent"
        else:
            assert (row["state"] == "suppressed") == opted_out
    received = ["" if row["state"] == "suppressed" else row["body"] for row in answers]
    assert sorted(received) == sorted(text.answers[0] for text in own)
    now_out = "SELECT opted_out_at IS NOT NULL FROM customer WHERE phone = $1"
    assert await fetch_value(now_out, sender.phone) == opted_out


def reply_in(name: str, locale: Locale, **values: object) -> str:
    return TEXTS[name].in_locale(locale).format(**values)
