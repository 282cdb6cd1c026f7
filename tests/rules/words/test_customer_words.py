import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.customer_words import (
    START,
    STOP,
    TWILIO_STOP,
    Keyword,
    is_only_number,
    is_only_thanks,
    parse_keyword,
)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("STATUS", Keyword("status")),
        (" status？ ", Keyword("status")),
        ("Status 100014", Keyword("status", number="100014")),
        ("ＳＴＡＴＵＳ＃１０００１４", Keyword("status", number="100014")),
        ("进度", Keyword("status")),
        ("进度100014。", Keyword("status", number="100014")),
        ("查询进度：100 014", Keyword("status", number="100014")),
        ("100014 进度", Keyword("status", number="100014")),
        ("STATUS100014", Keyword("status", number="100014")),
        ("status of 100014", Keyword("status", number="100014")),
        ("STATUS 100014 please", Keyword("status", number="100014")),
        ("What’s the status?", Keyword("status")),
        ("What's the status of my ticket #100014?", Keyword("status", number="100014")),
        ("Hello, any progress?", Keyword("status")),
        ("status of ticket no. 100 014, thanks", Keyword("status", number="100014")),
        ("我的工单100014进度", Keyword("status", number="100014")),
        ("您好，请帮我查一下工单 100014 的进度，谢谢", Keyword("status", number="100014")),
        ("我想知道现在什么进度了？", Keyword("status")),
        ("please call me back", Keyword("call")),
        ("Hi, could you please call me?", Keyword("call")),
        ("Call me back asap, thanks!", Keyword("call")),
        ("请尽快回电，谢谢", Keyword("call")),
        ("麻烦给我回个电话", Keyword("call")),
        ("help", Keyword("help")),
        ("帮 助！", Keyword("help")),
        ("Opt-Out", Keyword("stop")),
        ("STOP ALL", Keyword("stop")),
        ("退订", Keyword("stop")),
        ("“退訂”", Keyword("stop")),
        ("td", Keyword("stop")),
        ("Start.", Keyword("start")),
        ("恢复", Keyword("start")),
        ("call me back!", Keyword("call")),
        ("请回电。", Keyword("call")),
        ("stop please", Keyword("stop")),
        ("please stop", Keyword("stop")),
        ("Please stop texting me", Keyword("stop")),
        ("Stop sending me messages, thank you.", Keyword("stop")),
        ("I would like to unsubscribe", Keyword("stop")),
        ("Please opt me out of these texts", Keyword("stop")),
        ("Don’t text me again!", Keyword("stop")),
        ("No more texts please", Keyword("stop")),
        ("请退订", Keyword("stop")),
        ("我要退订，谢谢", Keyword("stop")),
        ("回复TD退订", Keyword("stop")),
        ("回T退订", Keyword("stop")),
        ("T退订", Keyword("stop")),
        ("拒收请回复R", Keyword("stop")),
        ("请不要再发短信了", Keyword("stop")),
    ],
)
def test_keywords(text: str, keyword: Keyword) -> None:
    assert parse_keyword(text) == keyword


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "0",
        "6",
        "55",
        "3 days without heating",
        "Please stop the noise",
        "Please stop the leak",
        "please stop it",
        "stop please 100014",
        "it does not stop",
        "Please stop calling me at night",
        "stop the text on the display",
        "please cancel",
        "don't stop",
        "不要退订",
        "取消退订",
        "请停止噪音",
        "停止了",
        "停止服务了",
        "5",
        "③",
        "4 stars",
        "the status of my fridge is bad",
        "help, it is on fire",
        "yes",
        "T",
        "r",
        "no progress",
        "the status light of 100014 is red",
        "status of 100014 and 100027",
        "没有进度",
        "进度太慢了",
        "status! nobody came",
        "don't call me back",
        "I call you every day",
        "我回电了",
        "call 13800138000",
        "please help",
        "谢谢",
        "什么时候回电",
        "我要退订金",
    ],
)
def test_other_texts_are_no_keywords(text: str) -> None:
    assert parse_keyword(text) is None


def test_yes_opts_in_only_after_opting_out() -> None:
    assert parse_keyword("Yes!", opted_out=True) == Keyword("start")
    assert parse_keyword("Yes!") is None


widths = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@given(st.sampled_from(STOP + START), st.data())
def test_case_width_spaces_and_punctuation_do_not_matter(word: str, data: st.DataObject) -> None:
    typed = "".join(
        data.draw(st.sampled_from([letter, letter.upper(), letter.translate(widths)]))
        + data.draw(st.sampled_from(["", " ", "\u3000", "\u200b"]))
        for letter in word
    )
    typed = (
        data.draw(st.sampled_from(["", " ", "“"])) + typed + data.draw(st.sampled_from(".!！。 "))
    )
    assert parse_keyword(typed) == Keyword("stop" if word in STOP else "start")


def test_every_opt_out_word_of_twilio_is_a_keyword() -> None:
    assert set(TWILIO_STOP) <= set(STOP)
    assert len(TWILIO_STOP) == 8


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Thanks!", True),
        ("ok", True),
        ("Thank you so much for your help 🙏🏽", True),
        ("Great, got it. Thanks a lot!", True),
        ("谢谢", True),
        ("好的，非常感谢您！", True),
        ("收到，辛苦了👍", True),
        ("👍🏻", True),
        ("That's great", True),
        ("It works now, thanks!", True),
        ("Thank you, it’s working again.", True),
        ("All fixed, thank you very much", True),
        ("Problem solved. Thanks!", True),
        ("已经好了，谢谢", True),
        ("修好了，非常感谢！", True),
        ("谢谢师傅，现在可以用了", True),
        ("It works now, thanks, but the door is loose", False),
        ("It does not work, thanks", False),
        ("Is it fixed? Thanks", False),
        ("Have it fixed, thanks", False),
        ("It works", True),
        ("已经好了。", True),
        ("好了", True),
        ("现在", False),
        ("is it fixed now", False),
        ("还没好，谢谢", False),
        ("修好了吗，谢谢", False),
        ("修好了再打电话，谢谢", False),
        ("先修好，谢谢", False),
        ("什么时候好，谢谢", False),
        ("", False),
        ("!!", False),
        ("you", False),
        ("Not good, thanks", False),
        ("No thanks, it is still leaking", False),
        ("Thanksgiving", False),
        ("谢谢，还是坏的", False),
        ("好吗", False),
        ("okra", False),
        ("5", False),
    ],
)
def test_is_only_thanks(text: str, only: bool) -> None:
    assert is_only_thanks(text) is only


@given(st.text(max_size=300))
def test_any_text_is_accepted(text: str) -> None:
    parse_keyword(text)
    is_only_thanks(text)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("100014", True),
        ("#100 014", True),
        ("Sorry, I meant 100014", True),
        ("it's ticket 100014, thanks", True),
        ("抱歉，应该是100014", True),
        ("工单号是 100014", True),
        ("100014 now it smokes", False),
        ("call 100014", False),
        ("", False),
        ("sorry", False),
    ],
)
def test_is_only_number(text: str, only: bool) -> None:
    assert is_only_number(text) is only


@pytest.mark.parametrize(
    "signature",
    [
        *("Sent from my iPhone", "Sent from my Galaxy S24", "Sent via Mail for Windows"),
        *("--\nSent from my iPad", "Get Outlook for iOS", "发自我的iPhone", "发自我的华为手机"),
        *("-- \nJohn", "--\nJohn Smith", "-- \n张三", "-- \nAnn Lee\n+1 555 0100\nExample Ltd"),
        *("來自我的 iPhone", "从我的iPhone发送", "從我的 iPhone 傳送"),
    ],
)
def test_a_phones_signature_says_nothing(signature: str) -> None:
    assert is_only_thanks(f"thanks\n\n{signature}")
    assert is_only_thanks(f"谢谢\r\n{signature}\n")
    assert parse_keyword(f"STATUS\n{signature}") == Keyword("status")
    assert parse_keyword(f"stop\n{signature}") == Keyword("stop")
    assert not is_only_thanks(f"thanks, but it leaks\n{signature}")
    assert not is_only_thanks(signature)


def test_a_line_of_the_message_is_no_signature() -> None:
    assert not is_only_thanks("thanks\n--\nbut it still leaks")
    assert not is_only_thanks("谢谢\n--\n还在漏水")
    assert not is_only_thanks("thanks\n-- \nIt leaks again. Please come.")
    assert not is_only_thanks("thanks\nSent from my iPhone was the photo, look at it")
