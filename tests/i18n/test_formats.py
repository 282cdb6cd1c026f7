"""Times, durations and money in both languages; the browser formats like Python."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from service_desk.i18n.formats import (
    due_in,
    duration,
    local_date,
    local_time,
    money,
    number,
    working_time,
)
from service_desk.rules.words.languages import Locale
from tests.browsing import OpenPage

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "english", "chinese"),
    [
        (datetime(2026, 10, 15, 2, 5, tzinfo=UTC), "15 Oct, 10:05", "10月15日 10:05"),
        (datetime(2026, 12, 31, 16, 30, tzinfo=UTC), "1 Jan 2027, 00:30", "2027年1月1日 00:30"),
    ],
)
def test_local_time(at: datetime, english: str, chinese: str):
    assert local_time(at, ZONE, "en", NOW) == english
    assert local_time(at, ZONE, "zh", NOW) == chinese


def test_local_date():
    assert local_date(date(2026, 10, 1), ZONE, "zh") == "2026年10月1日"
    assert local_date(datetime(2026, 9, 30, 17, tzinfo=UTC), ZONE, "en") == "1 Oct 2026"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 min 0 s", "0分0秒"),
        (59, "0 min 59 s", "0分59秒"),
        (599, "9 min 59 s", "9分59秒"),
        (600, "10 min", "10分钟"),
        (3600, "1 h", "1小时"),
        (3660, "1 h 1 min", "1小时1分"),
        (172800, "2 d", "2天"),
        (172800 + 7200, "2 d 2 h", "2天2小时"),
    ],
)
def test_duration(seconds: int, english: str, chinese: str):
    assert duration(seconds, "en") == english
    assert duration(seconds, "zh") == chinese


def test_overdue():
    assert due_in(-3600, "en") == "1 h overdue"
    assert due_in(-3600, "zh") == "超时1小时"


def test_money_is_in_minor_units():
    assert money(123456, "CNY", "zh") == "¥1,234.56"
    assert money(123456, "CNY", "en") == "CN¥1,234.56"
    assert money(-500, "JPY", "en") == "-¥500"


def test_number():
    assert number(12345.5, "en") == "12,345.5"


@pytest.mark.parametrize("locale", ["en", "zh"])
async def test_the_browser_formats_durations_like_python(open_page: OpenPage, locale: Locale):
    page = await open_page("/login", role=None, locale={"en": "en-GB", "zh": "zh-CN"}[locale])
    seconds = [-90061, -3600, -59, 5, 61, 599, 600, 3599, 3600, 3661, 86400, 90061]
    shown = await page.evaluate(
        """(all) => {
            const now = Date.now();
            const fragment = document.createElement("div"); // as if just fetched
            fragment.dataset.now = new Date(now).toISOString();
            for (const left of all) {
                const time = document.createElement("time");
                // half a second off, so that the test's own delay does not matter
                const due = now + left * 1000 + (left < 0 ? -500 : 500);
                time.dataset.due = new Date(due).toISOString();
                fragment.append(time);
            }
            document.body.append(fragment);
            htmx.trigger(fragment, "htmx:afterSettle");
            return [...fragment.children].map((time) => time.textContent);
        }""",
        seconds,
    )
    assert shown == [due_in(left, locale) for left in seconds]


def test_working_time_is_not_counted_in_days():
    assert working_time(48 * 3600, "en") == "48 h"
    assert working_time(90 * 60, "en") == "1 h 30 min"
    assert working_time(30 * 60, "zh") == "30分钟"
    assert working_time(30, "en") == "0 min 30 s"
