"""Words that tell of danger, and phrases in which they do not (DESIGN §2.1).

The tables here are the shipped ones; supervisors edit both, and theirs are passed in. Latin words
match as whole words, so every form is listed. "…" stands for a few words of the same sentence. A
false alarm costs a glance, a missed one can cost a house: in doubt, a word counts.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from service_desk.rules.words.plain_text import has_chinese, normalize_text

Span = tuple[int, int]

_WORDS = """
fire|flame|flames|burning|burned my|burnt my|burnt … fingers|burns|burnt smell|smell … burnt
leg is burned|is burned|got burned|got burnt|scorched|charred|singed|smoke|smoking|smokes|smoked
spark|sparks|sparking|sparked|shock|shocks|electrocuted|electrocution|zapped|leaking current
gas leak|gas leaks|leaking gas|leaks gas|leak of gas|smell … gas|smells … gas|gas smell|smelled gas
carbon monoxide|explosion|exploded|explodes|explode|exploding|blew up|blown up|burst|shattered
swollen|bulging|hissing|overheating|overheated|overheats|melted|melting|melts|scalded|scalding
injury|injuries|injured|hurt|wounded|bleeding|bled|cut my|cut his|cut her|hit my|hit his|hit her
hospital|ambulance|emergency room|fire brigade|fireman|firefighters|fire department|poisoning
poisoned|choked|choking|suffocated|trapped|fell on|collapsed|tipped over|airbag … went off
airbags … went off|brakes failed|brake failed|brakes … fail|brakes … not work|brakes … stopped
steering … locked|accelerator … stuck|throttle … stuck|wheel … came off|wheel … fell off
elevator … dropped|lift … dropped|elevator fell|alarm went off|bare wire|bare wires|exposed wire
exposed wires|exposed copper|frayed|short circuit|short circuits|short-circuited|short circuited
tingling|flew off|flew out|dangerous|danger|hazard|broke … arm|broke … leg|toe is broken
killed|died|unconscious|fainted
起火|着火|著火|失火|自燃|明火|火灾|冒烟|冒煙|冒黑烟|冒白烟|黑烟|浓烟|烧焦|燒焦|焦味|糊味|焦糊
烧黑|熏黑|烧化|烧糊|烧着|烧了个洞|烧穿|烧伤|燒傷|烫伤|燙傷|烫到|烫着|火花|打火|火苗|火星|漏电
漏電|触电|觸電|带电|电到|被电|电了一下|电击|電擊|麻电|发麻|短路|漏气|漏氣|泄漏|洩漏|煤气味
燃气味|天然气味|煤气泄|一氧化碳|中毒|爆炸|炸裂|炸了|炸开|自爆|爆裂|爆开|要爆|鼓包|胀包|漏液|腐蚀
融化|熔化|裸露|铜丝|受伤|受傷|伤人|傷人|流血|出血|骨折|住院|医院|送医|急救|救护车|消防队|消防员
划伤|割伤|割到|割破|刺伤|夹住|夹到|夹伤|砸到|砸伤|砸中|摔伤|摔下|摔倒|撞伤|撞上|窒息|吞了|吞下
误吞|水泡|刹车失灵|刹车…失灵|刹不住|刹车…没反应|方向盘…锁死|方向盘…失灵|踏板卡|停不下来
气囊…弹出|下坠|坠落|飞出|生命危险|危险|昏倒|晕倒|死了人|死亡
"""
_HARMLESS = """
shock absorber|shock absorbers|shock absorbing|shock absorption|shock proof|shock resistant
price shock|sticker shock|culture shock|fire tv|fire stick|fire hd|fire tablet|fire pit|fire place
amazon fire|kindle fire|fire alarm|fire alarms|fire extinguisher|fire extinguishers|fire door
fire rating|fire sale|smoke detector|smoke detectors|smoke alarm|smoke alarms|smoke sensor
smoke grey|smoke gray|smoke glass|smoke colour|smoke color|smoked glass|smoked salmon|smoked meat
non smoking|non-smoking|smoking area|no smoking|spark plug|spark plugs|burning question
burst of|blown up view|exploded view|exploded drawing|exploded diagram
danger of losing|hurt to ask|hurt my feelings|hurts my wallet
short circuit protection|tingling sound|hospital bed|hospital grade|veterinary hospital
injury lawyer|fire wall|fire wire|fire engine toy|toy fire engine|smoke free|leak proof
烟雾报警|烟雾探测|烟感|漏电保护|防漏电|漏电开关|触电保护|防触电|火花塞|打不着火|点不着火|打不起火
点火|打火机|打火石|防火|灭火器|火灾报警器|消防通道|卖得火|火烧眉毛|发火|爆款|气炸了|气得…爆炸|气得…爆炸了|气得…炸了
快要爆炸的心情|空气炸|油炸|炸鸡|爆米花|焦糖|防爆|防烫|信息泄漏|隐私泄漏|电脑中毒|手机中毒|带电池
带电源|随机带电|带电子|被电话|被电梯|被电商|被电视|电到期|充电到|送电到|电压|电到账|停不下来地
医院用|宠物医院|急救包|腐蚀性清洁|融化冰|冰融化|火花四溅的表演|黑烟色|没有危险品|易碎危险
"""

_GAP = "…"
_MAX_GAP = 40  # characters
_SENTENCE_END = ".!?;。！？；\n"
_NEGATED_LATIN = re.compile(
    r"(?:\b(?:no|not|without|never|neither|nor|none|zero)|n[o']?t|\b(?:nobody|no one|noone|no-one)"
    r"(?: (?:was|is|were|got|has been|had been|gets))?)"
    r"(?: (?:any|a|the|visible|more|sign of|signs of|been|get|got|even))*\s*$"
)
_NEGATED_CHINESE = re.compile(
    r"(?:(?<!有)(?:并)?没有|(?<!有)没(?!电)|无|未|(?<![会是冒漏])不|(?<!会)不会|(?<!是)不是|未见|未曾)"
    r"(?:发现|出现|发生|看到|看见|见到|见|闻到|任何|什么|人|再|被|人员|造成|引起|明显|有)*$"
)
# "no smoke or sparks", 没有漏电、冒烟: what follows a negated word by "or".
_LISTED = re.compile(r"\s*(?:(?:or|nor|,|/|、|或|和|或者|也没有?|及)\s*)+$")
_AFTER_ALL = re.compile(r"\s*(?:any ?more|any longer|right now|now|了[，,。]?但)")


def safety_words_found(
    text: str, words: Iterable[str], harmless: Iterable[str] = ()
) -> tuple[str, ...]:
    """Those of `words` that tell of danger in `text`, in the order of `words`.

    One within a phrase of `harmless` does not count, nor one that is negated: "no smoke", 没有冒烟.
    """
    searched = normalize_text(text)
    safe = [span for phrase in tuple(harmless) for span in _spans(searched, phrase)]
    found = {
        word: [span for span in _spans(searched, word) if not _within(span, safe)]
        for word in dict.fromkeys(words)
    }
    negated = _negated(searched, sorted(span for spans in found.values() for span in spans))
    return tuple(word for word, spans in found.items() if set(spans) - negated)


def _negated(searched: str, spans: list[Span]) -> set[Span]:
    denied = set[Span]()
    for start, end in spans:
        before = searched[max(0, start - 40) : start]
        listed = any(
            last <= start and _LISTED.fullmatch(searched[last:start]) for _, last in denied
        )
        pattern = _NEGATED_CHINESE if has_chinese(searched[start:end]) else _NEGATED_LATIN
        if (listed or pattern.search(before)) and not _AFTER_ALL.match(searched, end):
            denied.add((start, end))
    return denied


def _within(span: Span, phrases: Iterable[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in phrases)


def _spans(searched: str, word: str) -> Iterator[Span]:
    first, *others = _parts(word)
    if first not in searched:
        return
    for match in _pattern(first).finditer(searched):
        end = match.end()
        for part in others:
            sentence = searched[end : end + _MAX_GAP]
            stop = min((sentence.find(one) for one in _SENTENCE_END if one in sentence), default=40)
            following = _pattern(part).search(sentence[:stop])
            if following is None:
                break
            end += following.end()
        else:
            yield match.start(), end


@lru_cache(maxsize=4096)
def _parts(word: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in normalize_text(word.replace("...", _GAP)).split("..."))


@lru_cache(maxsize=4096)
def _pattern(part: str) -> re.Pattern[str]:
    """As a whole word, in a script that has spaces."""
    edge = r"[^\W\u3400-\u4dbf\u4e00-\u9fff]"
    left = rf"(?<!{edge})" if not has_chinese(part[:1]) else ""
    right = rf"(?!{edge})" if not has_chinese(part[-1:]) else ""
    return re.compile(left + re.escape(part) + right)


def _table(text: str) -> tuple[str, ...]:
    lines = text.strip().split("\n")
    return tuple(dict.fromkeys(word for line in lines for word in line.split("|") if word))


SAFETY_WORDS = _table(_WORDS)
HARMLESS_PHRASES = _table(_HARMLESS)
