"""Phone numbers that a channel spells in two ways (DESIGN §2.1).

Numbering plans changed; WhatsApp still says the old spelling for some senders, and reaches them
under it only. One customer has one number: the present one.
"""

import re

# Mexico wrote a 1 before mobile numbers until 2019.
_MEXICO = re.compile(r"\+521(\d{10})")
# Brazil put a 9 before mobile numbers of eight digits, which began with 6 to 9.
_BRAZIL = re.compile(r"\+55([1-9]\d)([6-9]\d{7})")


def present_spelling(phone: str) -> str:
    """The present spelling of an E.164 number: +5215598765432 is +525598765432."""
    if mexican := _MEXICO.fullmatch(phone):
        return f"+52{mexican[1]}"
    if brazilian := _BRAZIL.fullmatch(phone):
        return f"+55{brazilian[1]}9{brazilian[2]}"
    return phone
