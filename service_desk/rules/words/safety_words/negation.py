"""Whether a word of danger is taken back by what stands before it: "no smoke", 没有冒烟."""

import re

from service_desk.rules.words.plain_text import has_chinese

Span = tuple[int, int]

_REACH = 48  # characters before a word
_NEGATED_LATIN = re.compile(
    r"\b(?:no|not|without|never|neither|nor|none|zero|nothing|cannot|aint"
    r"|(?:do|does|did|is|was|were|are|has|have|had|would|wo|could|ca|should)nt"
    r"|(?:nobody|no one|noone|none of (?:us|them))"
    r"(?: (?:was|is|were|are|got|has|has been|had been|gets))?)"
    r"(?: (?:any|a|an|the|visible|more|signs?(?= of)|of|been|get|got|even|actual|real|obvious"
    r"|evidence(?= of)|trace(?= of)|traces(?= of)|risk(?= of)|danger(?= of)|serious|seriously"
    r"|badly|physically|seen?|saw|notic(?:e|ed)|sort(?= of)|kind(?= of)"
    r"|(?<=\bno )(?:such|longer)|find|found|have|had|give"
    r"|there|to|be|feel|hear|come|coming|produce))*\s*$"
)
# "It stopped sparking". Not "make it stop sparking", nor "stopped when I pulled the plug".
_STOPPED = re.compile(
    r"(?P<not>\b(?:not|never|cannot|no longer|hardly|aint|(?:do|does|did|has|have|had|wo|would|ca"
    r"|could|is|was)nt)(?: \w+){0,2} )?\b(?:stops|stopped|quit|quits|ceased|ceases)\s*$"
)
_DOING = re.compile(r"\w+ing")
_STILL_COUNTS = re.compile(
    r"\s*(?:smell|odou?r|stench|hot)|[^.!?;,]{0,24}\b(?:when|once|until|till|only|unplug\w*|switch\w*"
    r"|pull\w*)\b|[^.!;]*\?"
)
# "Isn't there smoke?", 难道不是漏电吗: whoever asks like this says that there is.
_ASKED = re.compile(
    r"(?:^|[.!?;,])\s*(?:(?:but|and|so|why|then|hey|hi|hello|well)\s+)*"
    r"(?:is|are|was|were|has|have|had|do|does|did|ca|could|wo|would|should)nt"
    r" (?:there|it|that|this|these|those|he|she|they|you|we|the|my|our|your)\b[^.!?;]*$"
)
_ASKED_CHINESE = re.compile(r"(?:难道|岂)[^.!?;。,，]*$|(?<!是)不是[^.!?;。,，]{0,6}$")
_QUESTION_CHINESE = re.compile(r"[^.!?;。,，]{0,12}[吗嘛么]")
_SENTENCE_LEFT = re.compile(r"[^.!?;。]*")
_NEGATED_CHINESE = re.compile(
    r"(?:(?<!有)(?:并)?没有|(?<!有)没(?!电)|(?<!有)冇|毫?无|未|(?<![会是冒漏断动要])不|(?<!会)不会"
    r"|(?<!是)不是|未见|未曾|从不|从没|从来没|并未|唔(?:会|係|系))"
    r"(?:发现|出现|发生|看到|看见|见到|见|闻到|闻|听到|任何|什么|人|再|被|人员|造成|引起|明显|有"
    r"|过|一点|半点|真的|严重|存在)*$"
)
# "no smoke or sparks", 没有漏电、冒烟: what follows a negated word by "or". A comma alone may begin
# what did happen: "nobody hurt, smoke everywhere".
_LISTED = re.compile(r"\s*(?:(?:or|nor|/|、|或|和|或者|也没有?|及)\s*)+(?:any|the|even|a|much)?\s*")
_COMMA = re.compile(r"\s*,\s*")
_LIST_GOES_ON = re.compile(r"\s*(?:,\s*\w+\s*(?:,\s*)?)?,?\s*\b(?:or|nor)\b|\s*或")
_AFTER_ALL = re.compile(r"\s*(?:any ?more|any longer|right now|now|了[，,。]?但)")


def negated(searched: str, spans: list[Span], parts: dict[Span, list[Span]]) -> set[Span]:
    """Those of `spans`, in order, of which a part is negated. `searched`: folded."""
    denied = list[Span]()
    for span in spans:
        negated_part = any(_negated_at(searched, part, denied) for part in parts[span])
        if negated_part and not _AFTER_ALL.match(searched, span[1]):
            denied.append(span)
    return set(denied)


def _negated_at(searched: str, part: Span, denied: list[Span]) -> bool:
    start, end = part
    before = searched[max(0, start - _REACH) : start]
    pattern = _NEGATED_CHINESE if has_chinese(searched[start:end]) else _NEGATED_LATIN
    if pattern.search(before):
        return not _asked(searched, part, before)
    return _stopped(searched, part, before) or _in_list(searched, part, denied)


def _stopped(searched: str, part: Span, before: str) -> bool:
    start, end = part
    found = _STOPPED.search(before)
    if found is None or found["not"] or not _DOING.fullmatch(searched[start:end]):
        return False
    return _STILL_COUNTS.match(searched, end) is None and not re.search(r"\bonly\b", before)


def _asked(searched: str, part: Span, before: str) -> bool:
    start, end = part
    if has_chinese(searched[start:end]):
        return bool(_ASKED_CHINESE.search(before) and _QUESTION_CHINESE.match(searched, end))
    rest = _SENTENCE_LEFT.match(searched, end)
    asks = rest is not None and searched[rest.end() : rest.end() + 1] == "?"
    return asks and _ASKED.search(before) is not None


def _in_list(searched: str, part: Span, denied: list[Span]) -> bool:
    start, end = part
    for _, last in denied[-3:]:
        between = searched[last:start] if last <= start else None
        if between is None:
            continue
        if _LISTED.fullmatch(between):
            return True
        if _COMMA.fullmatch(between) and _LIST_GOES_ON.match(searched, end):
            return True
    return False
