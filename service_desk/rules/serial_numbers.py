"""Serial numbers in the one form we keep and look them up in."""

from service_desk.rules.plain_text import plain


def canonical_serial(text: str) -> str:
    """As it is on the label, however it was typed: capitals, ordinary width, no spaces.

    " sn１２ 34-a" is "SN1234-A". Dashes stay: makers mean them.
    """
    return plain(text).replace(" ", "").upper()
