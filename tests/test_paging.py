from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.errors import InvalidInput
from service_desk.paging import decode_cursor, encode_cursor, make_page


@given(st.datetimes(timezones=st.timezones()), st.integers())
def test_a_cursor_survives_the_round_trip(at: datetime, id_: int) -> None:
    try:
        at.utcoffset()
        cursor = encode_cursor((at, id_))
    except (ValueError, OverflowError):  # an offset with seconds, as before 1900: never ours
        return
    back, same_id = decode_cursor(cursor, tuple[datetime, int])
    assert same_id == id_
    assert abs((back - at).total_seconds()) < 60


@given(st.text())
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(text, tuple[datetime, int])


@given(st.integers(0, 30), st.integers(1, 10))
def test_the_pages_together_are_all_rows(count: int, limit: int) -> None:
    rows, after = list(range(count)), -1
    seen: list[int] = []
    while True:
        page = make_page([row for row in rows if row > after][: limit + 1], limit, lambda row: row)
        seen += page.items
        if page.next is None:
            break
        after = decode_cursor(page.next, int)
    assert seen == rows
