"""Ratings in customers' texts: "5", "4分", "Rating: 5", "5/5, great job" (DESIGN §2.2)."""

import re

from service_desk.rules.words.customer_words import (
    EDGES,
    FILLERS,
    THANKS,
    normalize_message,
    prefix_pattern,
)

MIN_SCORE, MAX_SCORE = 1, 5

_IN_WORDS = {
    word: score
    for score, words in enumerate(("one 一", "two 二 两", "three 三", "four 四", "five 五"), 1)
    for word in words.split()
}
_UNIT = (
    r"(?:(?:/|out of|of)\s*(?:5|five)(?![0-9a-z])|颗星|星级|分|星|stars?(?![a-z])|points?(?![a-z]))"
)
# Chinese numerals also begin other words ("一般", "一直", "三个"): they are a score only before a
# unit, punctuation or the end.
_SCORE = re.compile(
    rf"(?P<score>[1-5](?![0-9]|\.[0-9])|(?:{'|'.join(_IN_WORDS)})(?![0-9a-z])(?=\s*(?:{_UNIT}|\W|$)))"
    rf"\s*{_UNIT}?"
)
# "6", "-1", "4.5", "4-5", "100分", "4/10". "11" alone may be a house, and longer ones a ticket.
_OTHER_SCORE = re.compile(
    r"(?:(?:0|[6-9]|10|100|[-−–]\s*[0-9]{1,3}|(?:10|[0-9])[.,][0-9]{1,2}|[0-5]\s*[-−–~]\s*[0-5])"
    r"(?:\s*(?:分|星|颗星|stars?|points?))?"
    r"|[0-9]{1,3}(?:[.,][0-9]{1,2})?\s*(?:分|星|颗星|stars?|points?|%|(?:/|out of)\s*[0-9]{1,3}))"
)
_NEGATIVE = re.compile(r"(?:^|[\s:(])-[0-9]")
_STARS = re.compile("([⭐★🌟]{1,5})☆*")
_SCORE_FILLERS = """
rate rated rating score scored review vote i i'd i'll would will give gave giving you me my is
reply answer
评分 評分 评价 評價 打分 打 给 給 给出 评 評 回复 回覆 分数 我
"""
_PRAISE = """
job jobs work service experience staff handling done quick quickly fast friendly polite
professional satisfied happy pleased super best love loved like liked keep up
好评 好評 服务 服務 态度 處理 处理 很快 快 及时 專業 专业 不错 不錯 优秀 完美 给力 热情 耐心 周到
"""
_CRITICISM = """
bad poor terrible awful horrible worst slow rude disappointed disappointing unhappy dissatisfied
差评 差評 差劲 差 不满意 不滿意 不好 一般 太慢 慢 糟糕 失望
"""
NEUTRAL_SCORE = 3  # goes with praise and with criticism: "3, slow", "3, thank you"

_SCORE_FILLER_AT_START = prefix_pattern((*_SCORE_FILLERS.split(), *(set(FILLERS) - {"day"})))
_PRAISE_AT_START = prefix_pattern((*_PRAISE.split(), *THANKS, "nice day", "good day", "great day"))
_CRITICISM_AT_START = prefix_pattern(_CRITICISM.split())


def is_other_score(body: str) -> bool:
    """Whether `body` is only a number that is no score of ours: 0, 6 to 10, -1, 4.5, 100分. Call it
    only if the customer was asked for a rating."""
    number = normalize_message(body).strip(EDGES.replace("-", "") + "+").rstrip("-")
    return _OTHER_SCORE.fullmatch(number) is not None and find_rating(body) is None


def find_rating(body: str) -> int | None:
    """The score, 1 to 5, of a text that is a rating: exactly one score, and otherwise only words of
    rating, thanks, praise or criticism that do not contradict it. None for any other text.

    Call it only if the customer was asked for a rating.
    """
    rest = normalize_message(body)
    if _NEGATIVE.search(rest):
        return None
    scores: list[int] = []
    praised = criticized = False
    while rest := rest.lstrip(EDGES + "+"):
        if word := _SCORE.match(rest):
            scores.append(_IN_WORDS.get(word["score"]) or int(word["score"]))
        elif word := _STARS.match(rest):
            scores.append(len(word[1]))
        elif word := _CRITICISM_AT_START.match(rest):
            criticized = True
        elif word := _PRAISE_AT_START.match(rest):
            praised = True
        elif not (word := _SCORE_FILLER_AT_START.match(rest)):
            return None
        rest = rest[word.end() :]
    if len(scores) != 1 or (criticized and (praised or scores[0] > NEUTRAL_SCORE)):
        return None
    return scores[0]
