"""Callers whose number we cannot see: asked for one, promised nothing that cannot be kept."""

import pytest
from httpx import AsyncClient

from service_desk import wall_clock
from service_desk.database import fetch, fetch_value
from service_desk.intake.twilio.form import handle_or_none, phone_or_none
from service_desk.phone_line.operations import set_phone_duty
from tests.caller import Call
from tests.factories import PHONE, make_staff, make_ticket

WITHHELD = (
    *("anonymous", "", "Restricted", "unavailable"),
    # The same words, and more, spelled on the keys of a phone.
    *("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+7748283"),
)
LANDLINE = "057188888888"


@pytest.mark.parametrize("sender", WITHHELD)
def test_carriers_names_for_withheld_numbers_are_not_numbers(sender: str) -> None:
    assert phone_or_none(sender) is None


@pytest.mark.parametrize(
    "name", ["ACME", "10086", "AB13800138000", "CN.1234567890ab", "TAXI 13800138000"]
)
def test_a_name_with_digits_is_not_a_phone_number(name: str) -> None:
    assert phone_or_none(name) is None
    assert handle_or_none(name) == name


@pytest.mark.parametrize("sender", [*WITHHELD, PHONE, "13800138000"])
def test_a_phone_number_or_withheld_number_is_not_a_handle(sender: str) -> None:
    assert handle_or_none(sender) is None


@pytest.mark.parametrize("caller", WITHHELD)
async def test_without_a_number_there_is_a_ticket_and_no_callback(
    client: AsyncClient, caller: str
) -> None:
    call = Call(client, caller)
    await call.dial()
    assert "输入您的联系电话" in await call.press("0")
    heard = await call.press_nothing()
    assert "说出您的联系电话" in heard
    assert "此号码" not in heard
    await call.speak()
    await call.hang_up()
    rows = await fetch("SELECT callback_requested_at FROM ticket")
    assert [row["callback_requested_at"] for row in rows] == [None]
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


@pytest.mark.parametrize(
    ("language", "question", "back", "right", "promised"),
    [
        (None, "输入您的联系电话", "0 5 7 1 8 8", "正确请按1", "回拨您输入的号码"),
        (
            "9",
            "please key in your phone number",
            "0 5 7 1 8 8",
            "press 1",
            "the number that you keyed in",
        ),
    ],
)
async def test_a_keyed_number_is_read_back_and_called_back(
    client: AsyncClient, language: str | None, question: str, back: str, right: str, promised: str
) -> None:
    call = Call(client, "anonymous")
    await call.dial()
    if language:
        await call.press(language)
    assert question in await call.press("0")
    heard = await call.press(LANDLINE)
    assert back in heard
    assert right in heard
    assert promised in await call.press("1")
    await call.speak()
    await call.hang_up()
    waiting = await fetch("SELECT c.phone, t.callback_requested_at FROM ticket t JOIN customer c "
                          "ON c.id = t.customer")  # fmt: skip
    assert [row["phone"] for row in waiting] == ["+8657188888888"]
    assert waiting[0]["callback_requested_at"] is not None
    asked_for = "SELECT data->>'phone' FROM ticket_event WHERE type = 'callback.requested'"
    assert await fetch_value(asked_for) == "+8657188888888"
    assert "+8657188888888" in await fetch_value("SELECT description FROM ticket")


async def test_a_complaint_asks_for_a_number_as_well(client: AsyncClient) -> None:
    call = Call(client, "anonymous")
    await call.dial()
    await call.press("1")
    await call.press("13900139000")
    assert "遇到的问题" in await call.press("1")
    await call.speak()
    assert await fetch_value("SELECT phone FROM customer") == "+8613900139000"
    assert await fetch_value("SELECT recipient FROM outbox") == "+8613900139000"
    assert await fetch_value("SELECT callback_requested_at FROM ticket") is None


async def test_an_invalid_number_is_asked_again_a_few_times(client: AsyncClient) -> None:
    call = Call(client, "anonymous")
    await call.dial()
    await call.press("0")
    assert "不是可以拨打的" in await call.press("12")
    assert "正确请按1" in await call.press(LANDLINE)
    assert "输入您的联系电话" in await call.press("2")
    assert "说出您的联系电话" in await call.press("12")
    await call.hang_up()
    assert await fetch_value("SELECT phone FROM customer") is None


async def test_an_unconfirmed_number_is_not_called(client: AsyncClient) -> None:
    call = Call(client, "anonymous")
    await call.dial()
    await call.press("0")
    await call.press(LANDLINE)
    await call.hang_up()
    assert await fetch_value("SELECT phone FROM customer") is None
    assert await fetch_value("SELECT callback_requested_at FROM ticket") is None


async def test_hanging_up_after_confirming_requests_a_callback(client: AsyncClient) -> None:
    call = Call(client, "anonymous")
    await call.dial()
    await call.press("0")
    await call.press(LANDLINE)
    await call.press("1")
    await call.hang_up()
    assert await fetch_value("SELECT phone FROM customer") == "+8657188888888"
    assert await fetch_value("SELECT callback_requested_at FROM ticket") is not None


async def test_keying_in_somebody_elses_number_reveals_and_joins_nothing(
    client: AsyncClient,
) -> None:
    theirs = await make_ticket("洗衣机坏了", at=wall_clock.now())
    call = Call(client, "anonymous")
    await call.dial()
    await call.press("1")
    await call.press(PHONE.removeprefix("+86"))
    await call.press("1")
    assert " ".join(theirs.number) not in await call.speak()
    await call.hang_up()
    assert await fetch_value("SELECT count(*) FROM ticket") == 2
    assert await fetch_value("SELECT count(*) FROM message WHERE ticket = $1", theirs.id) == 1


@pytest.mark.parametrize(
    ("language", "explanation", "question"),
    [
        (None, "无法查询工单", "输入您的联系电话"),
        ("9", "cannot look up", "please key in your phone number"),
    ],
)
@pytest.mark.parametrize("key", ["1", "0", ""])
async def test_no_ticket_is_looked_up_and_the_caller_is_told_at_once(
    client: AsyncClient, language: str | None, explanation: str, question: str, key: str
) -> None:
    call = Call(client, "anonymous")
    await call.dial()
    if language:
        await call.press(language)
    assert explanation in await call.press("3")
    assert question in await (call.press(key) if key else call.press_nothing())
    await call.press(LANDLINE)
    await call.press("1")
    await call.speak()
    await call.hang_up()
    assert await fetch_value("SELECT callback_requested_at IS NOT NULL FROM ticket")


async def test_a_withheld_caller_who_asks_for_progress_gets_a_person(client: AsyncClient) -> None:
    staff = await make_staff("agent", name="Lin")
    await set_phone_duty(staff, "139 0000 0011", takes_calls=True)
    call = Call(client, "anonymous")
    await call.dial()
    await call.press("3")
    assert "转接" in await call.press("0")
