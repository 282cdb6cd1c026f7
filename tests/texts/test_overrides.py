import asyncio
import os
import subprocess
import sys

import pytest

from service_desk.database import fetch
from service_desk.rules.words.languages import Locale
from service_desk.texts import overrides as text_overrides
from service_desk.texts.customer_texts import TEXTS, render_text
from service_desk.texts.editing import reset_text, save_texts
from service_desk.texts.overrides import clear_overrides, refresh_overrides, refreshing_overrides
from tests.factories import NOW, make_staff
from tests.profiles import in_depth

EDITED = "You are welcome! ({number})"

OTHER_PROCESS = """
import asyncio, sys
from service_desk.database import database_pool
from service_desk.texts import overrides
from service_desk.texts.overrides import refreshing_overrides
from service_desk.texts.customer_texts import render_text
overrides.REFRESH_SECONDS = float(sys.argv[2])
async def main():
    async with database_pool(sys.argv[1]), refreshing_overrides():
        text = None
        while True:
            if text != (text := render_text("thanks", "en", number="7")):
                print(text, flush=True)
            await asyncio.sleep(0.05)
asyncio.run(main())
"""


async def edit(body: str, locale: Locale = "en") -> None:
    staff = await fetch("SELECT id FROM staff")
    by = staff[0]["id"] if staff else await make_staff("supervisor")
    await save_texts("thanks", {locale: body}, based_on={}, staff_id=by, now=NOW)


async def test_an_edit_is_used_at_once_by_the_process_that_made_it(desk: str) -> None:
    await edit(EDITED)
    assert render_text("thanks", "en", number="7") == "You are welcome! (7)"
    assert render_text("thanks", "zh", number="7") == TEXTS["thanks"].zh.format(number="7")


@pytest.mark.nightly
async def test_every_process_follows_within_seconds(desk: str) -> None:
    """A real second process, with its own pool; nightly with the real interval too."""
    seconds = in_depth(text_overrides.REFRESH_SECONDS, 0.1)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OTHER_PROCESS, desk, str(seconds)),
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 20)
        assert line.decode().strip() == TEXTS["thanks"].en.format(number="7")
        await edit(EDITED)
        line = await asyncio.wait_for(process.stdout.readline(), seconds + 3)
        assert line.decode().strip() == "You are welcome! (7)"
        await reset_text("thanks", "en", staff_id=1, now=NOW)
        line = await asyncio.wait_for(process.stdout.readline(), seconds + 3)
        assert line.decode().strip() == TEXTS["thanks"].en.format(number="7")
    finally:
        process.kill()
        await process.wait()


async def test_edited_texts_are_used_while_the_database_is_gone(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edit(EDITED)

    tries = asyncio.Semaphore(0)

    async def gone(*_: object) -> None:
        tries.release()
        raise ConnectionRefusedError

    monkeypatch.setattr(text_overrides, "REFRESH_SECONDS", 0.01)
    monkeypatch.setattr(text_overrides, "fetch_value", gone)
    async with refreshing_overrides():
        for _ in range(3):
            await asyncio.wait_for(tries.acquire(), 5)
        assert render_text("thanks", "en", number="7") == "You are welcome! (7)"


async def test_a_refresh_without_new_edits_reads_no_texts(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edit(EDITED)

    async def no_need(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(text_overrides, "fetch", no_need)
    await refresh_overrides()


async def test_an_edit_with_unknown_placeholders_gives_way_to_the_shipped_text(desk: str) -> None:
    """As after an upgrade that gives a text fewer values than before."""
    await edit(EDITED)
    await fetch(
        "INSERT INTO text_version (name, locale, version, body, created_at) "
        "VALUES ('thanks', 'en', 2, '{gone} {number}', $1)",
        NOW,
    )
    await refresh_overrides()
    assert render_text("thanks", "en", number="7") == TEXTS["thanks"].en.format(number="7")
    with pytest.raises(KeyError):
        render_text("thanks", "en")
    clear_overrides()
