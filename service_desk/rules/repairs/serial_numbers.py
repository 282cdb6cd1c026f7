"""The form in which serial numbers are stored and looked up."""

from unicodedata import normalize

from service_desk.rules.words.plain_text import normalize_text


def canonical_serial(text: str) -> str:
    """As on the label, however it was typed: capitals, half width, no spaces.

    " sn１２ 34-a" gives "SN1234-A". Dashes are significant.
    """
    # Normalized again: characters may combine once spaces are gone and letters are capitals.
    return normalize("NFKC", normalize_text(text).replace(" ", "").upper())
