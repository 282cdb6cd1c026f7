"""Phone numbers that a channel spells in two ways (DESIGN §2.1).

Numbering plans changed, or put a digit before mobile numbers for some uses only; WhatsApp says
another spelling for such senders, and reaches them under it only. One customer has one number: the
present one, to which texts are sent.
"""

import re

# Mexico wrote a 1 before mobile numbers until 2019.
_MEXICO = re.compile(r"\+521(\d{10})")
# Brazil put a 9 before mobile numbers of eight digits, which began with 6 to 9.
_BRAZIL = re.compile(r"\+55([1-9]\d)([6-9]\d{7})")

# Argentina puts a 9 before mobile numbers that are called from abroad, WhatsApp with it; a text has
# none. What has none may be a landline, so a 9 can be taken away but never put there.
_ARGENTINA = re.compile(r"\+549(11\d{8}|[23]\d{9})")
_MEXICO_BEGINS = re.compile(r"\+521(?=[1-9])")
_ARGENTINA_BEGINS = re.compile(r"\+549(?=11|[23])")


def present_spelling(phone: str) -> str:
    """The present spelling of an E.164 number: +5215598765432 is +525598765432."""
    if mexican := _MEXICO.fullmatch(phone):
        return f"+52{mexican[1]}"
    if brazilian := _BRAZIL.fullmatch(phone):
        return f"+55{brazilian[1]}9{brazilian[2]}"
    if argentine := _ARGENTINA.fullmatch(phone):
        return f"+54{argentine[1]}"
    return phone


def present_beginning(phone: str) -> str:
    """The same of a number of which only the beginning is known. Brazil's 9 cannot be told yet."""
    whole = present_spelling(phone)
    return _ARGENTINA_BEGINS.sub("+54", _MEXICO_BEGINS.sub("+52", whole))
