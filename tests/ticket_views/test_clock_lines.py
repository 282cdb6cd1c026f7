"""The clocks of a ticket in words, in both languages."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import ViewportSize, expect

from service_desk import wall_clock
from service_desk.database import fetch
from service_desk.rules.words.languages import Locale
from service_desk.ticket_views.clock_lines import ClockLine, clock_lines
from service_desk.ticket_views.events import read_events
from service_desk.ticket_views.history import HistoryRenderer, load_names
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.due_times import set_due
from tests.browsing import PHONE, WIDE, OpenPage, no_sideways_scroll
from tests.factories import NOW, make_staff, make_ticket, resolve
from tests.profiles import in_depth

HOUR = timedelta(hours=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


async def lines(number: str, hours: float, locale: Locale = "en") -> dict[str, ClockLine]:
    now = NOW + hours * HOUR
    ticket = await get_ticket(number, now)
    events = read_events(ticket.events)
    renderer = HistoryRenderer(await load_names(events), locale, SHANGHAI, now)
    found = await clock_lines(events, renderer, now)
    return {f"{line.name} {line.ordinal}": line for line in found}


def entries(line: ClockLine) -> list[tuple[float, str, str]]:
    return [((one.at - NOW) / HOUR, one.sentence, one.because) for one in line.entries]


async def test_a_record_that_somebody_edited_leaves_the_clocks_on_the_page(desk: str) -> None:
    number = (await make_ticket()).number
    before = await lines(number, 1)
    await fetch("UPDATE ticket_event SET type = 'ticket.lost' WHERE type = 'message.received'")
    assert await lines(number, 1) == before


async def test_entries_say_what_happened_and_why(desk: str) -> None:
    agent = await make_staff("supervisor", name="Mei Chen")
    by: dict[str, Any] = {"staff_id": agent}
    number = (await make_ticket()).number
    await progress.wait(number, "customer", "Which model?", now=NOW + HOUR, **by)
    await conversation.receive_message(number, "W1", channel="sms", now=NOW + 6 * HOUR)
    await classify(number, Classification(severity="safety"), now=NOW + 7 * HOUR, **by)
    await set_due(number, "resolution", NOW + 30 * HOUR, "Parts come", now=NOW + 8 * HOUR, **by)
    line = (await lines(number, 40))["resolution 1"]
    assert entries(line) == [
        (0, "Started, due 17 Oct, 10:00", "Opened: Complaint by SMS"),
        (1, "Paused", "Waiting for customer: Which model?"),
        (6, "Resumed, due 17 Oct, 15:00", "No longer waiting"),
        (7, "Due time moved from 17 Oct, 15:00 to 16 Oct, 15:00", "terms of the policy safety"),
        (
            8,
            "Due time moved from 16 Oct, 15:00 to 16 Oct, 16:00",
            "set manually by Mei Chen: Parts come",
        ),
        (30, "Due time passed", ""),
    ]
    assert line.due_note == "set manually by Mei Chen: Parts come"
    assert line.title == "Resolution: Breached, due 16 Oct, 16:00 · 10 h overdue"
    assert [piece.title for piece in line.pieces if piece.kind in ("paused", "late")] == [
        "Paused from 15 Oct, 11:00 to 15 Oct, 16:00. Waiting for customer: Which model?",
        "Overdue from 16 Oct, 16:00 to 17 Oct, 02:00: 10 h",
    ]
    chinese = (await lines(number, 40, "zh"))["resolution 1"]
    assert chinese.due_note == "由Mei Chen手动设定，原因：Parts come"
    assert chinese.title == "解决：已超时，10月16日 16:00 到期 · 超时10小时"
    assert "暂停：10月15日 11:00 至 10月15日 16:00。等待客户" in chinese.pieces[1].title


async def test_late_cancelled_and_hidden_clocks(desk: str) -> None:
    agent = await make_staff()
    by: dict[str, Any] = {"staff_id": agent}
    number = (await make_ticket()).number
    await conversation.reply(number, "Hello", now=NOW + 3 * HOUR, **by)
    for hours in (4, 6):
        await conversation.receive_message(number, "Hm", channel="sms", now=NOW + hours * HOUR)
        await conversation.reply(number, "Yes", now=NOW + (hours + 1) * HOUR, **by)
    await progress.refer(number, "Refund?", now=NOW + 8 * HOUR, **by)
    await resolve(number, "Done", now=NOW + 8.25 * HOUR, **by)
    found = await lines(number, 9)
    assert {name: (line.shown, line.active, line.late) for name, line in found.items()} == {
        "response 1": (True, False, True),
        "handling 1": (True, True, False),  # until a plan is recorded
        "resolution 1": (True, False, False),
        "next_response 1": (False, False, False),
        "next_response 2": (True, False, False),
        "referral 1": (True, False, False),
    }
    assert entries(found["response 1"])[1:] == [
        (2, "Due time passed", ""),
        (3, "Met late", "Replied (SMS)"),
    ]
    assert entries(found["referral 1"])[-1] == (
        8.25,
        "No longer needed",
        "Resolved: Done; cause unknown: Nobody can tell",
    )
    await progress.reopen(number, "Still broken", now=NOW + 10 * HOUR, **by)
    reopened = (await lines(number, 11))["resolution 1"]
    assert entries(reopened)[-1][1:] == ("Resumed, due 17 Oct, 11:45", "Reopened: Still broken")
    (given_back,) = [piece for piece in reopened.pieces if piece.kind == "ended"]
    assert given_back.title == (
        "Stopped from 15 Oct, 18:15 to 15 Oct, 20:00: this time was given back. Resolved: Done"
        "; cause unknown: Nobody can tell"
    )


async def test_the_labels_do_not_overlap(desk: str) -> None:
    number = (await make_ticket()).number
    line = (await lines(number, 1))["response 1"]
    assert (line.start_label, line.due_label, line.due_anchor) == ("10:00", "12:00", "end")
    line = (await lines(number, 1))["resolution 1"]
    assert (line.start_label, line.due_label) == ("15 Oct 10:00", "17 Oct 10:00")
    overdue = (await lines(number, 20))["response 1"]
    assert (overdue.start_label, overdue.due_label, overdue.due_anchor) == ("", "12:00", "start")


async def make_waiting_ticket() -> str:
    by: dict[str, Any] = {"staff_id": await make_staff(name="Lin Xiao")}
    now = wall_clock.now()
    number = (await make_ticket(at=now - 9 * HOUR)).number
    await conversation.reply(number, "Hello", now=now - 8 * HOUR, **by)
    await progress.wait(number, "customer", "Which model?", now=now - 5 * HOUR, **by)
    return number


WAYS = [("en", WIDE, True), ("zh", PHONE, True), ("en", PHONE, False)]


@pytest.mark.nightly
async def test_the_lines_on_the_page(open_page: OpenPage) -> None:
    number = await make_waiting_ticket()
    for locale, size, javascript in in_depth(WAYS, WAYS[1:]):
        page = await open_page(
            f"/tickets/{number}", locale=locale, size=size, javascript=javascript
        )
        lines = page.locator("#clocks svg.line")
        await expect(lines).to_have_count(3)
        resolution = page.locator("#clock-resolution-1")
        await expect(resolution.locator(".piece")).to_have_count(3)
        paused = await resolution.locator(".piece.paused rect").bounding_box()
        whole = await resolution.bounding_box()
        assert paused is not None
        assert whole is not None
        assert 0.05 * whole["width"] < paused["width"] < 0.12 * whole["width"]
        words = page.locator("#clock-resolution-1-words")
        await expect(words).to_contain_text({"en": "Paused", "zh": "暂停"}[locale])
        assert (await words.bounding_box() or {})["height"] < 2
        await resolution.focus()
        assert (await words.bounding_box() or {})["height"] > 30  # the words appear on focus
        assert await no_sideways_scroll(page)
        for text in await page.locator("#clocks svg.line text").all():
            box, line = await text.bounding_box(), await lines.first.bounding_box()
            assert box is not None
            assert line is not None
            assert line["x"] - 4 <= box["x"]
            assert box["x"] + box["width"] <= line["x"] + line["width"] + 4


BADGES = [
    ("en", WIDE, "Paused, 2 h overdue", "due ", "Resolution: Breached, due "),
    ("zh", PHONE, "已暂停，超时2小时", "到期 ", "解决：已超时，"),
]


@pytest.mark.nightly
async def test_a_clock_paused_after_its_due_time_is_overdue(open_page: OpenPage) -> None:
    """A pause stops the clock, but it does not undo the breach."""
    by: dict[str, Any] = {"staff_id": await make_staff(name="Lin Xiao")}
    now = wall_clock.now()
    number = (await make_ticket(at=now - 53 * HOUR)).number
    await progress.wait(number, "customer", "Which model?", now=now - 3 * HOUR, **by)
    for locale, size, badge, due, title in in_depth(BADGES, BADGES[1:]):
        page = await open_page(f"/tickets/{number}", locale=locale, size=size)
        resolution = page.locator("#clocks li", has=page.locator("#clock-resolution-1"))
        await expect(resolution.locator(".badge.bad")).to_have_text(badge)
        await expect(resolution.locator(".badge.warn")).to_have_count(0)
        await expect(resolution.locator(".hint")).to_contain_text(f" · {due}")
        text = await resolution.locator("#clock-resolution-1-title").text_content() or ""
        assert text.startswith(title)
        assert text.endswith(f" · {badge}")
    in_time = (await make_ticket(at=now - 9 * HOUR, phone="+8613800138009")).number
    await progress.wait(in_time, "customer", "Which model?", now=now - 5 * HOUR, **by)
    page = await open_page(f"/tickets/{in_time}")
    resolution = page.locator("#clocks li", has=page.locator("#clock-resolution-1"))
    await expect(resolution.locator(".badge.warn")).to_have_text("Paused, 44 h left")
    await expect(resolution.locator(".hint")).to_contain_text("due if resumed now")


@pytest.mark.nightly
@pytest.mark.parametrize("size", in_depth([WIDE, PHONE], [PHONE]))
async def test_the_words_stay_under_the_pointer_and_close_on_escape(
    open_page: OpenPage, size: ViewportSize
) -> None:
    """WCAG 1.4.13: hoverable, dismissible, persistent."""
    page = await open_page(f"/tickets/{await make_waiting_ticket()}", size=size)
    line, words = page.locator("#clock-response-1"), page.locator("#clock-response-1-words")
    await line.scroll_into_view_if_needed()

    async def height() -> float:
        return (await words.bounding_box() or {})["height"]

    async def point_to(x: float, y: float) -> None:
        await page.mouse.move(x, y, steps=12)

    assert await height() < 2
    at = await line.bounding_box()
    assert at is not None
    middle = at["x"] + at["width"] / 2
    await point_to(middle, at["y"] + 12)
    assert await height() > 30
    box = await words.bounding_box()
    assert box is not None
    await point_to(middle, box["y"] + box["height"] - 4)  # moving down there must be no gap
    assert await height() > 30
    await page.keyboard.press("Escape")
    assert await height() < 2
    await point_to(2, 2)
    await point_to(middle, at["y"] + 12)
    assert await height() > 30
    await page.keyboard.press("Escape")
    assert await height() < 2
    await point_to(2, 2)
    await line.focus()
    assert await height() > 30
    await page.keyboard.press("Escape")
    assert await height() < 2
    await page.keyboard.press("Tab")
    await page.keyboard.press("Shift+Tab")
    assert await height() > 30


async def test_a_due_time_is_set_manually_on_the_page(open_page: OpenPage) -> None:
    number = await make_waiting_ticket()
    page = await open_page(f"/tickets/{number}", role="supervisor", javascript=False)
    form = page.locator("details#due")
    await form.locator("summary").click()
    # Handling is overdue, so it is not offered.
    assert await form.locator("select option").all_inner_texts() == ["Resolution"]
    await form.locator("select").select_option("resolution")
    await form.locator("[name=at]").fill("2020-01-01T09:00")
    await form.locator("textarea").fill("The part comes on Monday")
    await form.locator("button").click()
    error = page.locator("details#due [role=alert]")
    await expect(error).to_have_text("A due time must be in the future.")
    assert await page.locator("details#due textarea").input_value() == "The part comes on Monday"
    due_at = wall_clock.now().astimezone(SHANGHAI) + timedelta(days=5)
    await page.locator("details#due [name=at]").fill(f"{due_at:%Y-%m-%dT%H:%M}")
    await page.locator("details#due button").click()
    resolution = page.locator("#clocks li", has_text="Resolution")
    await expect(resolution.locator(".hint .by-hand")).to_have_text(
        "set manually by Supervisor: The part comes on Monday"
    )
    await expect(resolution.locator(".mark.due .by-hand")).to_have_count(1)
    page = await open_page(f"/tickets/{number}", locale="zh", size=PHONE)
    await expect(page.locator("#clocks .hint .by-hand")).to_have_text(
        "由Supervisor手动设定，原因：The part comes on Monday"
    )
    await expect(page.locator("#history")).to_contain_text("The part comes on Monday")


REFUSALS: list[tuple[Locale, str, str]] = [
    ("en", "only a supervisor can postpone it", "Only a supervisor can set a due time later"),
    ("zh", "只有主管可以延后", "只有主管可以把到期时间改得比承诺的更晚"),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("locale", "hint", "error"), in_depth(REFUSALS, REFUSALS[1:]))
async def test_an_agent_cannot_postpone_a_due_time(
    open_page: OpenPage, locale: Locale, hint: str, error: str
) -> None:
    number = await make_waiting_ticket()
    page = await open_page(f"/tickets/{number}", locale=locale)
    form = page.locator("details#due")
    await form.locator("summary").click()
    await expect(form).to_contain_text(hint)
    for days, alerts in ((5, 1), (1, 0)):
        due_at = wall_clock.now().astimezone(SHANGHAI) + timedelta(days=days)
        await form.locator("[name=at]").fill(f"{due_at:%Y-%m-%dT%H:%M}")
        await form.locator("textarea").fill("They are at home then")
        await form.locator("button").click()
        await expect(page.locator("details#due [role=alert]")).to_have_count(alerts)
        if alerts:
            await expect(page.locator("details#due [role=alert]")).to_contain_text(error)
    await expect(page.locator("#clocks .hint .by-hand")).to_have_count(1)
