"""Serial numbers in the one form we keep and look them up in."""

from unicodedata import normalize

from service_desk.rules.words.plain_text import normalize_text


def canonical_serial(text: str) -> str:
    """As it is on the label, however it was typed: capitals, ordinary width, no spaces.

    " sn１２ 34-a" is "SN1234-A". Dashes stay: makers mean them.
    """
    # What stood apart or was small may combine now.
    return normalize("NFKC", normalize_text(text).replace(" ", "").upper())
