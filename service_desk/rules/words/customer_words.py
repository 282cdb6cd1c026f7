"""Keywords and thanks in customers' texts (DESIGN §2.2, §2.9)."""

import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from service_desk.rules.words.plain_text import normalize_text

KeywordKind = Literal["status", "help", "stop", "start", "call"]

# Twilio itself opts a sender out on exactly these words, so we must as well
# (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
TWILIO_STOP = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
# Chinese operators have long told people to reply TD. (Some say T or R; those are not accepted: a
# typo of one letter must not opt anybody out.)
STOP = (*TWILIO_STOP, "退订", "退訂", "拒收", "取消订阅", "停止", "td")
START = ("start", "unstop", "恢复", "恢復", "恢复接收", "恢复短信", "重新订阅")
# Twilio treats YES as START; here only from a customer who had opted out, since from others it
# answers the agent's last question.
START_WHEN_OPTED_OUT = ("yes", "是")
HELP = ("help", "info", "帮助", "幫助", "菜单", "说明")
CALL = (
    *("call", "callme", "callback", "callmeback"),
    *("回电", "回電", "请回电", "请回电话", "回电话", "回拨"),
)
STATUS = ("status", "progress", "查询进度", "查进度", "进度", "進度", "查询")

_STATUS = "|".join(map(re.escape, STATUS))
_STATUS_THEN_NUMBER = re.compile(rf"(?:{_STATUS})(?:ticket|工单|单号)?[#:.]*(?:no)?([0-9]{{0,20}})")
_NUMBER_THEN_STATUS = re.compile(rf"#?(?:no)?([0-9]{{1,20}})(?:的)?(?:{_STATUS})")
_NAMED = re.compile(r"(?:#|no\b[.: ]*)?([0-9]+(?:[ -][0-9]+)*)(?![0-9a-z])")
EDGES = " \t\"'“”‘’.,;:!?~。，、；：！？…～()[]<>【】《》「」*-—_"

_THANKS = """
thanks thank thx thnx ty tks cheers appreciated ok okay okey k great perfect good fine nice
excellent awesome wonderful brilliant cool received noted understood
谢谢 謝謝 多谢 多謝 感谢 感謝 谢了 谢 辛苦了 辛苦 好的 好滴 好 收到 知道了 知道 了解 明白 太好了
没问题 沒問題 可以 行 嗯嗯 嗯 满意 很好 棒 赞 麻烦了 麻烦你了 麻烦您了
👍 👌 🙏 🌹 ❤ 😊 🙂 😀 😄 💐 👏 💯 🎉
"""
_FILLERS = """
you u so very much many a lot all again for your the help support everything then got it really
that is thats that's this bye goodbye have day too and to team guys sir now well
非常 十分 很 太 真是 真 你们 您们 你 您 们 的 了 啦 哈 呀 啊 哦 噢 吧 帮助 帮忙 大家 师傅 客服 再见
现在 已经 拜拜 先 那 就 啰 咯
"""
# Words around a STATUS or CALL keyword.
_COURTESIES = """
please pls plz kindly hi hello dear thanks thank you now asap could can would
请 請 麻烦 麻煩 谢谢 謝謝 您好 你好 现在 尽快 能 可以 帮我 幫我 给我 給我 我想 我要 一下 吗 嗎 吧 呢
"""
_ABOUT_A_TICKET = """
the my of for on about is what what's s any check tell me see ticket case number
工单 工單 单号 單號 单 號 号 我 我的 的 了 查 查看 查一下 看 看看 知道 什么 什麼 怎么样 如何
到 哪 多少 有 目前 处理 最新
"""
# Words around a number that corrects a mistyped one.
_CORRECTION_WORDS = """
sorry i meant mean it it's its should be was right correct one no not
抱歉 不好意思 对不起 應該 应该 应为 是 打错了 打錯了 写错了 更正 正确 正確 对 的是
"""
# "It works again" counts as thanks. Phrases only, no single words: "have it fixed, thanks" asks
# for what "it is fixed, thanks" reports.
_FIXED_PHRASES = """
it works|works|it worked|it is working|it's working|its working|is working|all working
it is fixed|it's fixed|its fixed|is fixed|all fixed|has been fixed|it is solved|it's solved
is solved|all solved|problem solved|has been solved|it is resolved|it's resolved|is resolved
all resolved|problem resolved|has been resolved|all sorted|is sorted|no problem|no problems
no more problems|all is well|working again|fine again
已经好了|已好|修好了|已修好|已经修好|弄好了|解决了|已解决|已经解决|问题解决了|可以用了|能用了|正常了
恢复正常|已经正常|搞定了|没事了|好了
"""
_STOP_PHRASES = """
stop|stopall|unsubscribe|opt out|opt-out|optout|opt me out|no more texts|no more messages
no more sms|do not text me|don't text me|dont text me
退订|退訂|拒收|取消订阅|td|不要再发短信|不要再发信息|别再发短信|别发短信|不要发短信|停发短信|停止发送
"""
# Words around STOP, including those from operators' instructions ("回T退订"). Not "it": "please
# stop it" is about the problem they report.
_ABOUT_TEXTS = """
me us text texts texting message messages messaging sms send sending sent any more anymore again
these the your all from to of i'd i want would like wish
回复 回 发送 发 短信 信息 消息 我 再 了 t r
"""
THANKS = tuple(_THANKS.split())
FILLERS = tuple(_FILLERS.split())
COURTESIES = tuple(_COURTESIES.split())
STATUS_FILLERS = (*COURTESIES, *_ABOUT_A_TICKET.split())
CALL_FILLERS = (*COURTESIES, "me", "us", "back")
STOP_FILLERS = (*COURTESIES, *_ABOUT_TEXTS.split())
NUMBER_FILLERS = (*STATUS_FILLERS, *_CORRECTION_WORDS.split())


def prefix_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Matches the longest of these words at the start of a text; Latin ones as whole words only."""
    longest_first = sorted(map(normalize_text, words), key=len, reverse=True)
    return re.compile(
        "|".join(re.escape(word) + "(?![0-9a-z])" * word.isascii() for word in longest_first)
    )


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(phrase for line in table.split("\n") for phrase in line.split("|") if phrase)


_THANKS_AT_START = prefix_pattern(THANKS)
_FIXED_AT_START = prefix_pattern(_phrases(_FIXED_PHRASES))
_FILLER_AT_START = prefix_pattern(FILLERS)
_STATUS_AT_START = prefix_pattern(STATUS)
_AROUND_STATUS_AT_START = prefix_pattern(STATUS_FILLERS)
_CALL_AT_START = prefix_pattern((*CALL, "call back", "回个电话", "回個電話", "打电话", "打電話"))
_AROUND_CALL_AT_START = prefix_pattern(CALL_FILLERS)
_STOP_AT_START = prefix_pattern(_phrases(_STOP_PHRASES))
_AROUND_STOP_AT_START = prefix_pattern(STOP_FILLERS)
_AROUND_NUMBER_AT_START = prefix_pattern(NUMBER_FILLERS)
# On a line of its own at the end, perhaps below "--".
_SIGNATURE = re.compile(
    r"(?:\n\s*--+\s*)?\n\s*(?:(?:sent|written) (?:from|with|via|by|using)(?: [^\s,.;!?]+){1,5}"
    r"|get outlook for(?: [^\s,.;!?]+){1,3}|(?:发|發|寄|来|來)送?自[^\n，。！？]{1,30}"
    r"|从我的[^\n]{1,30}(?:发送|传送)|從我的[^\n]{1,30}(?:傳送|寄出))\s*\Z",
    re.IGNORECASE,
)
# Below "-- ", as mail programs put it; without the space only what is written like a name.
_NAME_BELOW = re.compile(
    r"\n-- [^\S\n]*(?:\n[^\n.!?。！？]{0,60}){1,4}\s*\Z"
    r"|\n--[^\S\n]*\n\s*[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}\s*\Z"
)
_EMOJI_VARIANTS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\u20e3]")


class Keyword(Struct, frozen=True):
    """A text that is a command. `number`: the digits with STATUS, not validated."""

    kind: KeywordKind
    number: str | None = None


def parse_keyword(body: str, *, opted_out: bool = False) -> Keyword | None:
    """The command that `body` as a whole is, or None.

    Case, width, spaces and surrounding punctuation are ignored, and with STATUS, CALL and STOP also
    filler words ("Status of 100014 please").
    """
    typed = re.sub(r"[\s-]", "", normalize_text(without_signature(body)).strip(EDGES))
    if typed in STOP:
        return Keyword("stop")
    if typed in START or (opted_out and typed in START_WHEN_OPTED_OUT):
        return Keyword("start")
    if typed in HELP:
        return Keyword("help")
    if typed in CALL:
        return Keyword("call")
    if status := _STATUS_THEN_NUMBER.fullmatch(typed) or _NUMBER_THEN_STATUS.fullmatch(typed):
        return Keyword("status", number=status[1] or None)
    if numbers := _numbers_with_keyword(_STATUS_AT_START, _AROUND_STATUS_AT_START, body):
        return Keyword("status", number=numbers[0]) if len(numbers) == 1 else None
    if _numbers_with_keyword(_CALL_AT_START, _AROUND_CALL_AT_START, body) == [None]:
        return Keyword("call")
    if _numbers_with_keyword(_STOP_AT_START, _AROUND_STOP_AT_START, body) == [None]:
        return Keyword("stop")
    return None


def is_only_number(body: str) -> bool:
    """Whether `body` is a number, with at most words such as "sorry, I meant"."""
    return _numbers_with_keyword(_NAMED, _AROUND_NUMBER_AT_START, body) is not None


def _numbers_with_keyword(
    keyword: re.Pattern[str], around: re.Pattern[str], body: str
) -> list[str | None] | None:
    """The numbers in a `body` that consists of this keyword, numbers, and words `around` them;
    [None] if it has no number. None for any other."""
    rest = normalize_message(body)
    found, numbers = False, list[str | None]()
    while rest := rest.lstrip(EDGES):
        if word := keyword.match(rest):
            found = True
        elif word := _NAMED.match(rest):
            numbers.append(re.sub("[ -]", "", word[1]))
        elif not (word := around.match(rest)):
            return None
        rest = rest[word.end() :]
    return (numbers or [None]) if found else None


def is_only_thanks(body: str) -> bool:
    """Whether `body` needs no answer: it says only thanks, "received" or "it works again".

    Besides at least one such word, only FILLERS are accepted, so not "Not good, thanks". Questions
    are never only thanks.
    """
    rest = normalize_message(body)
    thanked = False
    if "?" in rest:
        return False
    while rest := rest.lstrip(EDGES):
        if word := _FIXED_AT_START.match(rest) or _THANKS_AT_START.match(rest):
            thanked = True
        elif not (word := _FILLER_AT_START.match(rest)):
            return False
        rest = rest[word.end() :]
    return thanked


def without_signature(body: str) -> str:
    """Without what a phone or a mail program adds below: "Sent from my iPhone", 发自我的手机, or a
    name under dashes."""
    return _NAME_BELOW.sub("", _SIGNATURE.sub("", body.replace("\r\n", "\n")))


def normalize_message(body: str) -> str:
    """`normalize_text`, with straight apostrophes, and without signatures, skin tones of emoji and
    their variants."""
    return _EMOJI_VARIANTS.sub("", normalize_text(without_signature(body))).replace("\u2019", "'")
