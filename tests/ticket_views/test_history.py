"""Events as sentences, in both languages; every event type has one."""

import ast
import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import service_desk
from service_desk.ticket_views import history
from service_desk.ticket_views.history import SENTENCES, HistoryRenderer, Names
from service_desk.ticket_views.schemas import EventView

AT = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
NAMES = Names(staff={7: "Mei Chen"}, categories={3: ("Leaks", "渗漏")}, suppliers={5: "美泉电器"})


def sentence(type_: str, locale: str = "en", actor: str = "system", **data: Any) -> str:
    return renderer(locale).line(EventView(type_, AT, AT, actor, data)).sentence


def renderer(locale: str) -> HistoryRenderer:
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
            {"clock": "response", "due_at": "2026-10-15T04:00:00Z"},
            "Response clock started, due 15 Oct, 12:00",
            "“首次响应”开始计时，10月15日 12:00 到期",
        ),
        ("clock.met", {"clock": "handling", "late": True}, "Handling clock met late", None),
        ("ticket.waiting", {"for": "parts", "note": ""}, "Waiting for parts", "等待配件"),
        ("call.logged", {"answered": False}, "Call logged: no answer", "通话记录：无人接听"),
        ("ticket.reopened", {"reason": "customer_message"}, "Reopened: the customer wrote", None),
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
        ("something.new", {"x": 1}, "something.new", "something.new"),
        ("rating.given", {}, "Rated – of 5", "评分 –/5"),
    ],
)
def test_sentences(type_: str, data: dict[str, Any], english: str, chinese: str | None) -> None:
    assert sentence(type_, "en", **data) == english
    if chinese:
        assert sentence(type_, "zh", **data) == chinese


def test_actor_and_late_recording() -> None:
    event = EventView(
        "clock.breached", AT, AT + timedelta(minutes=5), "system", {"clock": "response"}
    )
    line = renderer("en").line(event)
    assert (line.actor, line.clock, line.late) == ("Automatic", True, "5 min 0 s")
    assert renderer("zh").actor("staff:7") == "Mei Chen"
    assert renderer("zh").actor("staff:9") == "staff:9"
    assert renderer("zh").actor("customer") == "客户"


def test_newest_first() -> None:
    events = [
        EventView("ticket.opened", AT, AT, "customer", {"kind": "complaint", "channel": "sms"}),
        EventView("ticket.closed", AT, AT, "staff:7", {"because": "staff"}),
    ]
    assert [line.type for line in renderer("en").lines(events)] == [
        "ticket.closed",
        "ticket.opened",
    ]


def test_every_recorded_event_type_has_a_sentence() -> None:
    found = {
        type_
        for path in Path(service_desk.__file__).parent.rglob("*.py")
        for type_ in recorded_in(ast.parse(path.read_text()))
    }
    assert len(found) > 35
    assert {"message.no_reply_needed", "call.ended", "message.moved", "clock.met"} <= found
    assert found - set(SENTENCES) == set()


def recorded_in(module: ast.Module) -> set[str]:
    """The types of events that a module records. Where one is given by a name, it may be anything
    that looks like a type in that module."""
    calls = [
        node.args[0]
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and node.args and called(node) in ("record", "Event")
    ]
    literal = [type_ for call in calls for type_ in types_in(call)]
    named = any(isinstance(call, ast.Name) for call in calls)
    return {*literal, *(types_in(module) if named else ())}


def called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def types_in(tree: ast.AST) -> list[str]:
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+\.[a-z_]+", node.value)
    ]


def test_every_sentence_is_for_a_recorded_event_type() -> None:
    """Except for the variants of one type."""
    forms = set(re.findall(r'return "([a-z]+\.[a-z_]+)"', inspect.getsource(history)))
    recorded = {
        type_
        for path in Path(service_desk.__file__).parent.rglob("*.py")
        if path.name != "history.py" or path.parent.name != "tickets"
        for type_ in types_in(ast.parse(path.read_text()))
    }
    assert set(SENTENCES) - forms - recorded == set()
