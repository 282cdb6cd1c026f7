"""How many segments an SMS has, which is what it costs (GSM 03.38)."""

from typing import Literal

from msgspec import Struct

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These take two units: an escape and the character.
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")

# Units in a single segment, and in each segment of a longer message.
SEGMENT_SIZES = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


class Segments(Struct, frozen=True):
    """`length`: in units of the encoding; `remaining`: units left in the last segment."""

    encoding: Literal["GSM-7", "UCS-2"]
    length: int
    segments: int
    remaining: int


def segments_of(text: str) -> Segments:
    """One character outside GSM-7 makes the whole text UCS-2. An empty text has 0 segments.

    A character of two units is never split between segments.
    """
    encoding, sizes = _units(text)
    single, each = SEGMENT_SIZES[encoding]
    length = sum(sizes)
    if length <= single:
        return Segments(encoding, length, min(length, 1), single - length)
    segments, used = 1, 0
    for size in sizes:
        if used + size > each:
            segments, used = segments + 1, 0
        used += size
    return Segments(encoding, length, segments, each - used)


def _units(text: str) -> tuple[Literal["GSM-7", "UCS-2"], list[int]]:
    if all(character in GSM_BASIC or character in GSM_EXTENSION for character in text):
        return "GSM-7", [2 if character in GSM_EXTENSION else 1 for character in text]
    return "UCS-2", [2 if ord(character) > 0xFFFF else 1 for character in text]
