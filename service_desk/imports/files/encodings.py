"""The encoding of a CSV file: detected by its first bytes or what decodes, else asked for (DESIGN
§4)."""

import codecs
import unicodedata

from service_desk.errors import Ambiguous

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that one's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What files of customers' data are found in, beside UTF-8.
CANDIDATES = (
    "gb18030", "big5", "shift_jis", "euc-kr", "windows-1252", "windows-1250", "windows-1251",
    "iso-8859-7",
)  # fmt: skip
# The hundred most frequent characters of written Chinese (Jun Da, modern Chinese, ranks 1 to 100).
FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之"
    "年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样"
    "理心她本前开但因只从想实"
)
MIN_CHINESE = 50  # characters: less is too little to tell by
FREQUENT_SHARE = (
    0.08  # of Chinese prose they are two fifths; of another script's bytes, a hundredth
)
CHARACTERS_PER_DAMAGE = 2  # of UTF-8, for each place that is none
PLAIN_SHARE = 0.02  # of ASCII in a file of UTF-16; in the wrong byte order it has none
SAMPLE_LENGTH = 40
DAMAGE = "\udcff"  # stands where bytes do not decode: no file can hold it

codecs.register_error("desk.damage", lambda error: (DAMAGE, getattr(error, "end")))  # noqa: B009


def decode(content: bytes, named: str) -> str:
    """The text of the file, with DAMAGE where it does not decode. See `encoding_of`."""
    return content.decode(encoding_of(content, named), "desk.damage")


def encoding_of(content: bytes, named: str) -> str:
    """`named` by the mapping, unless it is "auto"; a byte order mark beats both.

    UTF-8 with some damaged bytes is UTF-8: their rows are rejected. GB18030 is recognised where the
    text reads as Chinese. Anything else would be a guess: raises Ambiguous with the candidates.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    if named != "auto":
        return named
    if wide := _wide_by_its_nuls(content):
        return wide
    if _is_utf_8(content):
        return "utf-8"
    if wide := _utf_16_without_mark(content):
        return wide
    if _reads_as_chinese(content):
        return "gb18030"
    raise Ambiguous(
        "The encoding of the file cannot be detected. Name it in the mapping (encoding). Its first "
        "text would be: {samples}.",
        field="mapping.encoding",
        samples="; ".join(f"{name} “{text}”" for name, text in _samples(content).items()),
    )


def _wide_by_its_nuls(content: bytes) -> str | None:
    """UTF-16 or UTF-32 of mostly ASCII, which would read as UTF-8 too, with a NUL beside every
    letter."""
    start = content[: min(len(content), 10_000) // 4 * 4 or len(content) // 2 * 2]
    if b"\0" not in start:
        return None
    for encoding in ("utf-32-le", "utf-32-be"):  # other text is hardly ever in its range
        try:
            start.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(content) % 4 == 0:
            return encoding
    high, low = start[0::2].count(0), start[1::2].count(0)
    if max(high, low) * 2 <= len(start) // 2 or min(high, low) * 10 > max(high, low):
        return None
    return "utf-16-le" if low > high else "utf-16-be"


def _is_utf_8(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged == 0:
        return True
    characters = sum(not character.isascii() for character in text) - damaged
    return characters >= damaged * CHARACTERS_PER_DAMAGE


def _utf_16_without_mark(content: bytes) -> str | None:
    """Commas and line ends are ASCII: every second byte of theirs is a NUL."""
    start = content[:10_000]
    if b"\0" not in start:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = start.decode(encoding, "replace")
        plain = sum("\0" < character < "\x7f" for character in text)
        if "\n" in text and plain >= len(text) * PLAIN_SHARE:
            return encoding
    return None


def _reads_as_chinese(content: bytes) -> bool:
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    chinese = [character for character in text if "\u4e00" <= character <= "\u9fff"]
    if len(chinese) < MIN_CHINESE:
        return False
    frequent = sum(character in FREQUENT for character in chinese)
    return frequent >= len(chinese) * FREQUENT_SHARE


def _samples(content: bytes) -> dict[str, str]:
    """The first line that is not plain ASCII, in every encoding that can read all of the file."""
    line = next((line for line in content.splitlines() if not line.isascii()), b"")
    found: dict[str, str] = {}
    for encoding in CANDIDATES:
        try:
            content.decode(encoding)
            text = line.decode(encoding)
        except UnicodeDecodeError:
            continue
        found[encoding] = "".join(
            character for character in text if unicodedata.category(character) != "Cc"
        )[:SAMPLE_LENGTH]
    return found
