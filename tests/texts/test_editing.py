import asyncio

import asyncpg
import pytest
from httpx import AsyncClient

from service_desk.database import fetch, fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.words.languages import LOCALES, Locale
from service_desk.texts.customer_texts import TEXTS, render_text
from service_desk.texts.editing import (
    all_texts,
    current_texts,
    reset_text,
    save_texts,
    text_history,
)
from tests.factories import NOW, make_staff, make_ticket
from tests.twilio_side import text_desk

STATUS_EN = "Ticket {number} is {state} just now. {link}"
STATUS_ZH = "工单{number}目前{state}。 {link}"


@pytest.fixture
async def supervisor(desk: str) -> int:
    return await make_staff("supervisor")


async def save(staff: int, name: str = "status", **bodies: str) -> None:
    by_locale: dict[Locale, str] = {code: bodies[code] for code in LOCALES if code in bodies}
    await save_texts(name, by_locale, based_on={}, staff_id=staff, now=NOW)


async def test_a_customer_gets_the_edited_text_in_their_language_only(client: AsyncClient) -> None:
    staff = await make_staff("supervisor")
    await save(staff, en=STATUS_EN, zh=STATUS_ZH)
    english = await make_ticket()
    chinese = await make_ticket("洗衣机坏了", phone="+8613800138001")
    reply = await text_desk(client, "进度")
    assert reply.startswith(f"Ticket {english.number} is received, next in line")
    reply = await text_desk(client, "STATUS", sender="+8613800138001")
    assert reply.startswith(f"工单{chinese.number}目前已收到")


async def test_every_edit_is_kept_as_a_version(supervisor: int) -> None:
    await save(supervisor, en=STATUS_EN)
    await save(supervisor, en=STATUS_EN + " Bye.", zh=STATUS_ZH)
    await reset_text("status", "en", staff_id=supervisor, now=NOW)
    history = await text_history("status")
    assert [(v.locale, v.version, v.body) for v in history] == [
        ("en", 3, None),
        ("zh", 1, STATUS_ZH),
        ("en", 2, STATUS_EN + " Bye."),
        ("en", 1, STATUS_EN),
    ]
    assert {version.by for version in history} == {"Supervisor"}
    assert render_text("status", "en", number=1, state="s", link="l") == TEXTS["status"].en.format(
        number=1, state="s", link="l"
    )
    for change in ("UPDATE text_version SET body = ''", "DELETE FROM text_version"):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await fetch(change)


async def test_an_unchanged_text_makes_no_version(supervisor: int) -> None:
    await save(supervisor, en=TEXTS["status"].en, zh=STATUS_ZH)
    await save(supervisor, en=TEXTS["status"].en, zh=STATUS_ZH + "\r\n")
    await reset_text("status", "en", staff_id=supervisor, now=NOW)
    assert await fetch_value("SELECT count(*) FROM text_version") == 1


async def test_saving_the_shipped_text_resets_it(supervisor: int) -> None:
    await save(supervisor, en=STATUS_EN)
    await save(supervisor, en=TEXTS["status"].en)
    assert not (await current_texts("status"))["en"].edited
    assert await fetch_value("SELECT body FROM text_version ORDER BY id DESC LIMIT 1") is None


async def test_an_edit_over_a_newer_one_is_a_conflict(supervisor: int) -> None:
    await save(supervisor, en=STATUS_EN)
    with pytest.raises(Conflict):
        await save_texts(
            "status", {"en": STATUS_EN + " y"}, based_on={"en": 0}, staff_id=supervisor, now=NOW
        )
    await save_texts(
        "status", {"en": STATUS_EN + " x"}, based_on={"en": 1}, staff_id=supervisor, now=NOW
    )


async def test_of_concurrent_edits_one_wins(supervisor: int) -> None:
    outcomes = await asyncio.gather(
        *(
            save_texts(
                "status",
                {"en": f"{STATUS_EN} {who}"},
                based_on={"en": 0},
                staff_id=supervisor,
                now=NOW,
            )
            for who in range(5)
        ),
        return_exceptions=True,
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4


async def test_errors_name_the_language_and_change_nothing(supervisor: int) -> None:
    with pytest.raises(InvalidInput, match="must contain") as caught:
        await save(supervisor, en=STATUS_EN, zh="工单 {number}")
    assert caught.value.field == "zh"
    with pytest.raises(NotFound):
        await save(supervisor, "nothing", en="x")
    with pytest.raises(NotFound):
        await reset_text("nothing", "en", staff_id=supervisor, now=NOW)
    assert await fetch_value("SELECT count(*) FROM text_version") == 0


async def test_an_optional_placeholder_may_be_used(supervisor: int) -> None:
    await save(supervisor, "rating_request", en="{number}: {resolution} Rate 1 to 5: {link}")
    with pytest.raises(InvalidInput):
        await save(supervisor, "status", en=STATUS_EN + " {resolution}")


async def test_all_texts_are_listed_as_edited(supervisor: int) -> None:
    await save(supervisor, "say_greeting", zh="您好，这里是小店售后。")
    texts = await all_texts()
    assert set(texts) == set(TEXTS)
    assert texts["say_greeting"]["zh"].body == "您好，这里是小店售后。"
    assert [name for name in texts if any(text.edited for text in texts[name].values())] == [
        "say_greeting"
    ]
