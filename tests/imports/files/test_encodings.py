import codecs

import pytest

from service_desk.errors import InvalidInput
from service_desk.imports.files.encodings import DAMAGE, decode, encoding_of

CHINESE = (
    "空调开机之后噪音很大，师傅来过两次都没有修好，我们要求换一台新的。"
    "这个月的电费也多了，你们说是因为天热，可是去年不是这样的。"
)
OTHERS = [
    ("Der Türgriff überhitzt, die Spülmaschine läuft aus. " * 20, "windows-1252"),
    (
        "這台冷氣機從上個月開始就不冷了，師傅來了兩次都說沒有問題，請問什麼時候可以換新的。" * 5,
        "big5",
    ),
    ("洗濯機が動かないので、できるだけ早く修理に来ていただけませんか。" * 5, "shift_jis"),
    ("에어컨이 고장 났는데 수리 기사님이 아직 오지 않았습니다. 언제 오시나요? " * 5, "euc-kr"),
    ("Το πλυντήριο δεν λειτουργεί και χάνει νερό. " * 10, "iso-8859-7"),
    ("Стиральная машина не включается и течёт вода. " * 10, "windows-1251"),
]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_what_bytes_tell(encoding: str) -> None:
    text = f"Id,Text\n1,{CHINESE}\n2,ok\n"
    assert decode(text.encode(encoding), "auto").removeprefix("\ufeff") == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["Id,Text\r\n1,It leaks\r\n", "a", "Id,Text\n1,It leaks 漏水\n"])
def test_wide_text_of_ascii_is_told_by_its_nuls(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), "auto") == text


@pytest.mark.parametrize("content", [b"Id,Text\n1,a\0b\n", b"a\0\0\0b\0\n", b"Id\0\n", b"\0"])
def test_a_nul_here_and_there_leaves_it_utf_8(content: bytes) -> None:
    assert encoding_of(content, "auto") == "utf-8"


def test_a_mark_beats_the_mapping() -> None:
    assert encoding_of(codecs.BOM_UTF8 + b"a", "gb18030") == "utf-8-sig"


def test_gb18030_is_told_where_it_reads_as_chinese() -> None:
    content = f"Id,Text\n1,{CHINESE}\n".encode("gb18030")
    assert encoding_of(content, "auto") == "gb18030"


@pytest.mark.parametrize(("text", "encoding"), OTHERS)
def test_what_would_be_a_guess_is_asked_with_the_candidates(text: str, encoding: str) -> None:
    content = f"Id,Text\n1,{text}\n".encode(encoding)
    with pytest.raises(InvalidInput) as asked:
        encoding_of(content, "auto")
    assert f"{encoding} “1,{text[:20]}" in str(asked.value)
    assert decode(content, encoding).endswith(f"1,{text}\n")


def test_a_few_chinese_words_are_not_enough_to_tell() -> None:
    with pytest.raises(InvalidInput, match="gb18030 “1,空调"):
        encoding_of("Id,Text\n1,空调\n".encode("gb18030"), "auto")


def test_damaged_utf_8_is_utf_8() -> None:
    content = f"1,{CHINESE}\n2,".encode() + "坏".encode()[:2]
    assert decode(content, "auto") == f"1,{CHINESE}\n2,{DAMAGE}"


@pytest.mark.parametrize("encoding", ["utf-16-le", "gb18030", "big5", "shift_jis", "windows-1252"])
def test_damage_never_stops_the_rest(encoding: str) -> None:
    content = "a\n".encode(encoding) + (b"\x81" if encoding != "utf-16-le" else b"a")
    assert decode(content, encoding) == f"a\n{DAMAGE}"
