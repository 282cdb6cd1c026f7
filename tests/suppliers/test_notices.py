from datetime import date
from typing import get_args

import pytest
from msgspec.structs import replace

from service_desk.database import fetch
from service_desk.rules.suppliers.ladder import ProposalReason, Rung
from service_desk.rules.words.plain_text import has_chinese
from service_desk.suppliers.decisions import approve
from service_desk.suppliers.notices import (
    ISSUED_TEXTS,
    Consequence,
    Notice,
    Occasion,
    render_notice,
)
from service_desk.suppliers.sweep import sweep_ladders
from tests.factories import NOW, make_staff
from tests.suppliers.offending import action_of, make_offender, offend

NOTICE = Notice(
    rung="removal",
    month=date(2026, 11, 1),
    because=ProposalReason(
        3, 2, ultimatum_month=date(2026, 10, 1), forfeits_deposit=True, amount=100_000, fine=2_000
    ),
    evidence=["100014", "100023", "100038"],
    locale="en",
    email=None,
    phone=None,
    name_en="Leaks",
    name_zh="渗漏",
)


@pytest.mark.parametrize("rung", get_args(Rung))
def test_every_rung_has_a_notice_in_both_languages(rung: Rung) -> None:
    assert rung in ISSUED_TEXTS
    for locale in ("en", "zh"):
        for occasion in get_args(Occasion):
            notice = replace(NOTICE, rung=rung, locale=locale)
            subject, body = render_notice(notice, occasion, get_args(Consequence))
            assert has_chinese(subject) == has_chinese(body) == (locale == "zh")
            assert "{" not in subject + body
            assert "None" not in subject + body


def test_a_notice_gives_the_reason_and_the_evidence() -> None:
    _, body = render_notice(NOTICE, "issued")
    for part in (
        "October 2026",
        "November 2026",
        "3 valid complaints",
        "Leaks",
        "100023",
        "object",
    ):
        assert part in body
    _, body = render_notice(replace(NOTICE, rung="complaint_fund", locale="zh"), "issued")
    assert "¥1,000.00" in body


def test_long_evidence_is_shortened() -> None:
    many = replace(NOTICE, evidence=[str(number) for number in range(100_000, 100_200)])
    _, body = render_notice(many, "issued")
    assert "100029 …" in body
    assert "100030" not in body


async def test_a_notice_goes_by_sms_without_an_email_address(desk: str) -> None:
    staff = await make_staff("supervisor")
    await make_offender(email=None, phone="139 0013 9000", locale="zh")
    await offend(3, staff)
    await sweep_ladders(NOW)
    await approve(await action_of("verbal_warning"), note="", staff_id=staff, now=NOW)
    (sent,) = await fetch("SELECT * FROM outbox WHERE purpose = 'supplier_notice'")
    assert (sent["channel"], sent["recipient"]) == ("sms", "+8613900139000")
    assert "2026年10月我们收到 3 起关于贵司产品“渗漏”的有效投诉" in sent["body"]


async def test_a_rung_is_approved_without_a_contact(desk: str) -> None:
    staff = await make_staff("supervisor")
    await make_offender(email=None)
    await offend(3, staff)
    await sweep_ladders(NOW)
    await approve(await action_of("verbal_warning"), note="", staff_id=staff, now=NOW)
    assert await fetch("SELECT FROM outbox WHERE purpose = 'supplier_notice'") == []
    (action,) = await fetch("SELECT state FROM supplier_action")
    assert action["state"] == "approved"
