"""Shipped safety words leave the table: only what the desk added or removed is kept there.

One that a supervisor had removed becomes a harmless phrase: whatever the shipped table says, it
still does not count. The lists are those that were shipped until now.
"""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-30T23:00:11:000001"
VERSION = "1.38.0"
DESCRIPTION = "Shipped safety words leave the table"

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

KEEP_ADDITIONS = """
CREATE TEMPORARY TABLE removed_word ON COMMIT DROP AS
SELECT word, harmless FROM (
    SELECT unnest($1::text[]) AS word, false AS harmless
    UNION ALL SELECT unnest($2::text[]), true) AS shipped
-- A desk without any has removed none: it is new, or from before there were harmless phrases.
WHERE EXISTS (SELECT FROM safety_word kept WHERE kept.harmless = shipped.harmless)
AND NOT EXISTS (SELECT FROM safety_word kept WHERE kept.word = shipped.word)
"""
FORGET_SHIPPED = """
DELETE FROM safety_word WHERE created_by IS NULL AND word = ANY ($1::text[] || $2::text[])
"""
KEEP_REMOVALS = """
INSERT INTO safety_word (word, harmless, removed, created_at)
SELECT word, true, harmless, now() FROM removed_word ON CONFLICT (word) DO NOTHING
"""
LIST_SHIPPED = """
INSERT INTO safety_word (word, harmless, created_at)
SELECT word, harmless, now() FROM (
    SELECT unnest($1::text[]) AS word, false AS harmless
    UNION ALL SELECT unnest($2::text[]), true) AS shipped
WHERE EXISTS (SELECT FROM policy_version) -- else the desk was never set up
ON CONFLICT (word) DO NOTHING
"""
FORGET_REMOVALS = "DELETE FROM safety_word WHERE removed OR length(word) > 60"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    for statement in (KEEP_ADDITIONS, FORGET_SHIPPED, KEEP_REMOVALS):
        manager.add_raw(partial(_run, statement))
    for statement in (FORGET_REMOVALS, LIST_SHIPPED):
        manager.add_raw_backwards(partial(_run, statement))
    return manager


async def _run(statement: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    lists = [_words(_WORDS), _words(_HARMLESS)] if "$1" in statement else []
    await transaction.connection.execute(statement, *lists)


def _words(text: str) -> list[str]:
    return [word for line in text.split("\n") for word in line.split("|") if word]
