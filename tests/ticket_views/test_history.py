"""Events as sentences, in both languages; every event type has one."""

import inspect
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from service_desk.rules.tickets.event_types import EVENT_TYPES
from service_desk.rules.words.languages import Locale
from service_desk.ticket_views import sentences
from service_desk.ticket_views.events import RecordedEvent, read_events
from service_desk.ticket_views.history import HistoryRenderer, Names
from service_desk.ticket_views.schemas import EventView
from service_desk.ticket_views.sentences import SENTENCES
from tests.events import event

AT = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
NAMES = Names(staff={7: "Mei Chen"}, categories={3: ("Leaks", "渗漏")}, suppliers={5: "美泉电器"})


def sentence(type_: str, locale: Locale = "en", actor: str = "system", **data: Any) -> str:
    return renderer(locale).line(recorded(type_, actor, **data)).sentence


def recorded(type_: str, actor: str = "system", **data: Any) -> RecordedEvent:
    return read(type_, actor, msgspec.to_builtins(event(type_, AT, data).data))


def read(type_: str, actor: str, data: dict[str, Any]) -> RecordedEvent:
    (found,) = read_events([EventView(type_, AT, AT, actor, data)])
    return found


def renderer(locale: Locale) -> HistoryRenderer:
    return HistoryRenderer(NAMES, locale, ZoneInfo("Asia/Shanghai"), AT)


@pytest.mark.parametrize(
    ("type_", "data", "english", "chinese"),
    [
        ("ticket.assigned", {"from": None, "to": 7}, "Assigned to Mei Chen", "分配给Mei Chen"),
        ("ticket.assigned", {"from": 7, "to": None}, "Assigned to nobody", "分配给无人"),
        (
            "severity.raised",
            {"from": "normal", "to": "safety", "words": ["冒烟", "烧焦"]},
            "Severity raised from Normal to Safety: the words 冒烟, 烧焦",
            "严重程度由“普通”升为“安全”：出现“冒烟、烧焦”",
        ),
        (
            "ticket.classified",
            {"category": {"from": None, "to": 3}, "supplier": {"from": 5, "to": None}},
            "Classified: category from – to Leaks; supplier from 美泉电器 to –",
            "重新定性：分类由“–”改为“渗漏”；供应商由“美泉电器”改为“–”",
        ),
        (
            "clock.started",
            {
                "clock": "response",
                "ordinal": 1,
                "due_at": "2026-10-15T04:00:00Z",
                "target_seconds": 7200,
            },
            "Response clock started, due 15 Oct, 12:00",
            "“首次响应”开始计时，10月15日 12:00 到期",
        ),
        (
            "clock.met",
            {"clock": "handling", "ordinal": 1, "late": True},
            "Handling clock met late",
            None,
        ),
        ("ticket.waiting", {"for": "parts", "note": ""}, "Waiting for parts", "等待配件"),
        ("call.logged", {"answered": False}, "Call logged: no answer", "通话记录：无人接听"),
        ("ticket.reopened", {"reason": None}, "Reopened: the customer wrote", None),
        ("ticket.reopened", {"reason": "rating"}, "Reopened: rating", None),
        (
            "ticket.opened",
            {"kind": "repair", "channel": "sms", "split_from": "100014"},
            "Split from ticket 100014: Repair by SMS",
            "由工单 100014 拆出：维修（短信）",
        ),
        (
            "message.moved",
            {"message": 7, "to": "100023", "split_out": True},
            "A message was split out to the new ticket 100023",
            "一条消息已拆分为新工单 100023",
        ),
        (
            "call.ended",
            {"status": "completed", "seconds": 95, "choice": "person"},
            "Phone call ended after 1 min 35 s: A person",
            "电话结束，时长 1分35秒：人工服务",
        ),
        (
            "call.ended",
            {"status": "completed", "seconds": None, "choice": "repair"},
            "Phone call ended, duration unknown: Repair",
            "电话已结束，时长未知：维修",
        ),
        (
            "call.ended",
            {"status": "busy", "seconds": None, "choice": "none"},
            "Phone call not connected: Busy",
            "电话未接通：忙线",
        ),
        ("ticket.linked", {"to": "100023"}, "Linked with 100023", "关联到工单 100023"),
        (
            "compensation.proposed",
            {"compensation": 1, "amount": 12050, "currency": "CNY", "reason": "地板泡水"},
            "Compensation of CN¥120.50 proposed: 地板泡水",
            "提议赔偿 ¥120.50：地板泡水",
        ),
    ],
)
def test_sentences(type_: str, data: dict[str, Any], english: str, chinese: str | None) -> None:
    assert sentence(type_, "en", **data) == english
    if chinese:
        assert sentence(type_, "zh", **data) == chinese


def test_an_edited_record_is_shown_by_its_type() -> None:
    for type_, data in [("something.new", {"x": 1}), ("rating.given", {})]:
        assert renderer("en").line(read(type_, "system", data)).sentence == type_


def test_actor_and_late_recording() -> None:
    breached = recorded("clock.breached", clock="response", ordinal=1)
    late = msgspec.structs.replace(breached, recorded_at=AT + timedelta(minutes=5))
    line = renderer("en").line(late)
    assert (line.actor, line.clock, line.late) == ("Automatic", True, "5 min 0 s")
    assert renderer("zh").actor("staff:7") == "Mei Chen"
    assert renderer("zh").actor("staff:9") == "staff:9"
    assert renderer("zh").actor("customer") == "客户"


def test_newest_first() -> None:
    events = [
        recorded("ticket.opened", "customer"),
        recorded("ticket.closed", "staff:7", reason="staff"),
    ]
    assert [line.type for line in renderer("en").lines(events)] == [
        "ticket.closed",
        "ticket.opened",
    ]


def test_every_event_type_has_a_sentence() -> None:
    assert set(EVENT_TYPES) - set(SENTENCES) == set()


def test_every_sentence_is_for_an_event_type() -> None:
    """Except for the variants of one type."""
    variants = set(re.findall(r'return "([a-z]+\.[a-z_]+)"', inspect.getsource(sentences)))
    assert set(SENTENCES) - variants - set(EVENT_TYPES) == set()
