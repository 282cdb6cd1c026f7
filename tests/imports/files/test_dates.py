"""Dates and times as files write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.imports.files.dates import parse_date

MONTHS_FIRST = ("%m/%d/%Y", "%d/%m/%Y")


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_iso_time_is_read_as_it_was_written(at: datetime) -> None:
    assert parse_date(at.isoformat(), ()) == at


@given(st.datetimes())
def test_a_time_is_read_in_the_format_it_was_written_in(at: datetime) -> None:
    whole = at.replace(second=0, microsecond=0)
    written = f"{at.day:02}.{at.month:02}.{at.year:04} {at.hour:02}:{at.minute:02}"
    assert parse_date(written, ("%Y-%m-%d", "%d.%m.%Y %H:%M")) == whole


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("10/11/2026", MONTHS_FIRST, "2026-10-11"),  # the first that fits
        ("13/11/2026", MONTHS_FIRST, "2026-11-13"),
        ("2026-10-11", MONTHS_FIRST, None),
        ("30/02/2026", MONTHS_FIRST, None),
        ("2026-10-11", (), "2026-10-11"),
        ("yesterday", (), None),
        ("", (), None),
    ],
)
def test_the_first_format_that_fits(
    text: str, formats: tuple[str, ...], expected: str | None
) -> None:
    read = parse_date(text, formats)
    assert (read and f"{read:%Y-%m-%d}") == expected
