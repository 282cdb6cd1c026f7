"""Public ticket numbers: digits, the last one a Damm check digit (DESIGN §2.1).

Damm's algorithm detects every single wrong digit and every swap of two adjacent digits.
"""

import re

from msgspec import Struct

from service_desk.rules.words.plain_text import normalize_text

FIRST_BASE = 10_000
MIN_LENGTH, MAX_LENGTH = 6, 9

# The totally anti-symmetric quasigroup of order 10 of Damm's thesis (2004).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)

# Digits as people group them ("100 014"), with the words they put before a ticket number.
_CANDIDATE = re.compile(
    r"(?P<mark>(?:#|(?<![a-z])(?:no|number|ticket|case|status|re|about|regarding)"
    r"|工单|工單|单号|單號|编号|編號|进度|進度|关于|關於)[\s:.#]*)?"
    r"(?P<digits>[0-9]+(?:[ -][0-9]+)*)"
)
_GLUE_BEFORE = re.compile(r"[a-z0-9.,+¥$€£/-]")
_GLUE_AFTER = re.compile(r"(?:[a-z/]|[.,-][0-9]|\s?(?:元|块|km|公里|%))")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")


class FoundNumbers(Struct, frozen=True):
    """Possible ticket numbers in a text, in order, without repeats.

    `valid`: with a correct check digit. `mistyped`: marked as a ticket number, but with a wrong
    check digit: ask the customer, do not guess. `unmarked`: not marked as a ticket number, whatever
    the check digit: post codes, phone numbers and model numbers look the same.
    """

    valid: tuple[str, ...] = ()
    mistyped: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()


def make_number(serial: int) -> str:
    """The number of the `serial`-th ticket, counted from 1: 1 is "100014"."""
    if serial < 1:
        raise ValueError(f"Ticket serials start at 1, not {serial}.")
    digits = str(FIRST_BASE + serial)
    return digits + str(_check_digit(digits))


def find_numbers(body: str) -> FoundNumbers:
    """Ticket numbers as customers write them: "#１００ ０１４", "工单100014", "№ 100014".

    Amounts, dates, grouped phone numbers and serial numbers with letters are skipped, unless
    marked as a ticket number.
    """
    searched = normalize_text(body)
    valid: dict[str, None] = {}
    mistyped: dict[str, None] = {}
    unmarked: dict[str, None] = {}
    for match in _CANDIDATE.finditer(searched):
        named = match["mark"] is not None or _is_whole(searched, match["digits"])
        if not named and _is_part_of_something_else(searched, match):
            continue
        for number in _readings(match["digits"], named):
            if is_valid_number(number):
                valid[number] = None
            elif named:
                mistyped[number] = None
            if not named:
                unmarked[number] = None
    return FoundNumbers(tuple(valid), tuple(mistyped), tuple(unmarked))


def is_typo_of(typed: str, number: str) -> bool:
    """Whether `typed` is `number` with one wrong digit, or with two adjacent digits swapped."""
    if len(typed) != len(number):
        return False
    wrong = [place for place, digit in enumerate(number) if typed[place] != digit]
    if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
        return typed[wrong[0]] == number[wrong[1]] and typed[wrong[1]] == number[wrong[0]]
    return len(wrong) == 1


def is_valid_number(text: str) -> bool:
    """Whether `text` is a well-formed number: ASCII digits, right length, right check digit."""
    return (
        text.isascii()
        and text.isdigit()
        and MIN_LENGTH <= len(text) <= MAX_LENGTH
        and text[0] != "0"
        and _check_digit(text) == 0
    )


def _readings(digits: str, named: bool) -> list[str]:
    """The ticket numbers that a group of digits may stand for."""
    runs = re.split("[ -]", digits)
    joined = "".join(runs)
    fitting = [run for run in runs if _could_be_number(run)] or [
        number for number in (joined,) if _could_be_number(number)
    ]
    valid = [run for run in fitting if is_valid_number(run)] or [
        number for number in (joined,) if is_valid_number(number)
    ]
    # Digits with gaps are mostly phone numbers and eight digits often a date: unmarked, they count
    # only with a correct check digit.
    doubtful = not named and (len(runs) > 1 or _DATE.fullmatch(digits) is not None)
    return valid if doubtful or (len(runs) > 1 and valid) else fitting


def _could_be_number(digits: str) -> bool:
    return MIN_LENGTH <= len(digits) <= MAX_LENGTH and digits[0] != "0"


def _is_whole(searched: str, digits: str) -> bool:
    return digits == searched and len(re.sub("[ -]", "", digits)) <= MAX_LENGTH


def _is_part_of_something_else(searched: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    before, after = searched[max(start - 1, 0) : start], searched[end : end + 4]
    return bool(_GLUE_BEFORE.match(before) or _GLUE_AFTER.match(after))


def _check_digit(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
