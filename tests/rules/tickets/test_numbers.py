import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.tickets.numbers import (
    find_numbers,
    is_typo_of,
    is_valid_number,
    make_number,
)

serials = st.integers(1, 99_000_000)
FULL_WIDTH = str.maketrans(string.digits, "０１２３４５６７８９")


def test_first_numbers_are_short_and_known() -> None:
    assert make_number(1) == "100014"
    assert len(make_number(1)) == 6
    # Damm's own example: 572 has the check digit 4.
    assert is_valid_number("100014")


def test_there_is_no_serial_below_one() -> None:
    with pytest.raises(ValueError, match="start at 1"):
        make_number(0)


@given(serials, serials)
def test_numbers_differ_when_serials_do(one: int, other: int) -> None:
    assert (make_number(one) == make_number(other)) == (one == other)


@given(serials, st.data())
def test_one_wrong_digit_is_detected(serial: int, data: st.DataObject) -> None:
    number = make_number(serial)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from(string.digits.replace(number[place], "")))
    assert is_valid_number(number)
    assert not is_valid_number(number[:place] + wrong + number[place + 1 :])


@given(serials, st.data())
def test_two_swapped_digits_are_detected(serial: int, data: st.DataObject) -> None:
    number = make_number(serial)
    place = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_valid_number(swapped) == (swapped == number)


@given(st.integers(1, 900_000))
def test_found_however_it_is_written(serial: int) -> None:
    number = make_number(serial)
    for text in (
        number,
        f"#{number}",
        f"№ {number.translate(FULL_WIDTH)}",
        f"工单{number}还没修好",
        f"{number[:3]} {number[3:]}",
        f"Ticket no. {number}: still broken!",
        f"Nothing came of {number}. Hello?",
        f"2 {number}",
    ):
        assert find_numbers(text).valid == (number,), text
        assert find_numbers(text).mistyped == (), text


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        *(("#{}", True), ("ticket {}", True), ("工单{}还没修好", True), ("Status: {}", True)),
        *(("re {}: hello?", True), ("关于{}", True), ("{}", True)),
        *(("上海市浦东新区{} 冰箱坏了", False), ("电话 {}", False), ("Model {} broken", False)),
    ],
)
@pytest.mark.parametrize("number", ["200125", "62345678", make_number(7)])
def test_marked_and_unmarked_numbers(text: str, marked: bool, number: str) -> None:
    found = find_numbers(text.format(number))
    valid = is_valid_number(number)
    assert found.valid == ((number,) if valid else ())
    assert found.mistyped == ((number,) if marked and not valid else ())
    assert found.unmarked == (() if marked else (number,))


def typos_of(number: str) -> set[str]:
    """Every wrong digit in every position, and every swap."""
    wrong = {
        number[:place] + digit + number[place + 1 :]
        for place in range(len(number))
        for digit in string.digits
    }
    swapped = {
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(len(number) - 1)
    }
    return (wrong | swapped) - {number}


@given(serials, st.data())
def test_a_typo_is_one_wrong_digit_or_one_swap(serial: int, data: st.DataObject) -> None:
    number = make_number(serial)
    slips = typos_of(number)
    typed = data.draw(
        st.sampled_from(sorted(slips))
        | st.permutations(number).map("".join)
        | st.text(string.digits, min_size=6, max_size=9)
    )
    assert is_typo_of(typed, number) == (typed in slips)


@given(serials)
def test_mistyped_numbers(serial: int) -> None:
    number = make_number(serial)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert find_numbers(f"Re {wrong}: still broken").mistyped == (wrong,)
    assert find_numbers(f"进度 {wrong}").mistyped == (wrong,)
    assert find_numbers(f"{wrong}, or {number}").valid == (number,)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "call 555 0120",
        "010-12345670",
        "paid 120000元",
        "¥100014",
        "100014.50 is too much",
        "on 20261121",
        "serial A100014",
        "100014km on the clock",
        "2020款 280TSI DSG",
        "",
        "five",
    ],
)
def test_other_digits_are_skipped(text: str) -> None:
    found = find_numbers(text)
    assert (found.valid, found.mistyped, found.unmarked) == ((), (), ())


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    found = find_numbers(text)
    assert all(is_valid_number(number) for number in found.valid)
    assert not any(is_valid_number(number) for number in found.mistyped)
    assert set(found.mistyped).isdisjoint(found.unmarked)
