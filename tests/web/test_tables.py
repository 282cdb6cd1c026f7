"""Tables for people who do not use a mouse or do not see."""

import re
from pathlib import Path

import pytest

from service_desk.web.templates import FOLDER
from tests.browsing import OpenPage

BOX = re.compile(r'<div class="table[^>]*>(?=<table)')


@pytest.mark.parametrize(
    "template", sorted(path for path in FOLDER.rglob("*.html") if BOX.search(path.read_text()))
)
def test_a_table_that_scrolls_can_be_focused_and_has_a_name(template: Path) -> None:
    for box in BOX.findall(template.read_text()):
        assert 'tabindex="0" role="region" aria-label="' in box


def test_all_tables_that_scroll_are_looked_at() -> None:
    boxes = [path for path in FOLDER.rglob("*.html") if 'class="table' in path.read_text()]
    assert all(BOX.search(path.read_text()) for path in boxes)


async def test_no_column_has_an_empty_heading(open_page: OpenPage) -> None:
    page = await open_page("/settings/staff", role="admin")
    headings = await page.locator("th").all_text_contents()
    assert [text.strip() for text in headings][-1] == "What can be done"
    assert all(text.strip() for text in headings)
