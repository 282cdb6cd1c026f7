"""The shipped category tree, and the category that a text suggests (DESIGN §2.1)."""

from collections.abc import Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from service_desk.rules.words.plain_text import words_found


class CategoryNode(Struct, frozen=True):
    """A node of a two-level tree; `parent` is the code of a node of the first level."""

    code: str
    en: str
    zh: str
    parent: str | None = None
    keywords: tuple[str, ...] = ()


class Suggestion(Struct, frozen=True):
    """A category's code, suggested `because` of these keywords in the text."""

    code: str
    because: tuple[str, ...]


def suggest_category(body: str, categories: Sequence[CategoryNode]) -> Suggestion | None:
    """The category with the most keywords in `body`; None if it has none.

    Ties go to the longer keywords, which are more specific, then to the second level, then to tree
    order, so that the same text always gets the same answer.
    """
    best: tuple[tuple[int, int, bool], Suggestion] | None = None
    # One search for all keywords: most texts contain at most two of several hundred.
    keywords = chain.from_iterable(category.keywords for category in categories)
    present = frozenset(words_found(body, keywords))
    for category in categories if present else ():
        found = tuple(word for word in category.keywords if word in present)
        weight = (len(found), sum(map(len, found)), category.parent is not None)
        if found and (best is None or weight > best[0]):
            best = weight, Suggestion(category.code, found)
    return best[1] if best else None


# code | English | Chinese, and below it the keywords. A dot makes the second level.
_TREE = """
safety | Safety | 安全隐患
safety.fire | Fire and smoke | 起火冒烟
    fire, smoke, burning, burnt, sparks, flames, 起火, 着火, 自燃, 冒烟, 烧焦, 糊味, 火花
safety.electric | Electric shock and leakage | 漏电触电
    electric shock, shock, electrocuted, live wire, 漏电, 触电, 电击
safety.injury | Injury | 人身伤害
    injury, injured, bleeding, hospital, burned, 受伤, 烫伤, 划伤, 流血, 伤人
product | Product fault | 产品故障
product.power | Does not start | 无法启动
    does not start, won't start, doesn't start, not turn on, won't turn on, dead, no power,
    无法启动, 不启动, 打不着, 不通电, 开不了机, 无法开机, 不开机, 没反应
product.noise | Noise and vibration | 异响抖动
    noise, noisy, loud, rattling, rattle, vibration, vibrates, shaking, grinding, squeaking,
    异响, 噪音, 抖动, 共振, 顿挫, 震动, 嗡嗡, 声音大
product.leak | Leaks | 渗漏
    leak, leaks, leaking, leaked, dripping, water on the floor, 漏水, 渗水, 漏油, 渗油, 烧机油,
    漏气
product.heat | Heating, cooling, overheating | 制冷制热与过热
    overheating, overheats, not cooling, not heating, too hot, warm inside, 过热, 发烫, 不制冷,
    不制热, 高温, 不热, 不凉
product.display | Display and electronics | 屏幕电子
    screen, display, black screen, error code, sensor, software, frozen, crash, crashes, 屏幕,
    黑屏, 花屏, 死机, 卡顿, 故障灯, 报警, 车机, 显示, 系统升级
product.connection | Connection and signal | 网络信号
    internet, wifi, wi-fi, signal, network, bluetooth, slow speed, speeds, outage, data cap,
    网络, 信号, 断网, 上网, 连不上, 蓝牙, 网速
product.part | Broken or worn part | 部件损坏
    broken, cracked, crack, worn, rust, rusty, fell off, snapped, paint, 断裂, 开裂, 破裂, 损坏,
    生锈, 脱落, 掉漆, 变形, 老化, 磨损
delivery | Delivery | 配送物流
delivery.late | Late or not delivered | 延迟未到
    not delivered, not arrived, late delivery, delivery, still waiting for, where is my order,
    没收到, 未收到, 没到货, 不发货, 延迟, 物流慢, 物流, 快递
delivery.damaged | Damaged on arrival | 到货破损
    arrived broken, arrived damaged, damaged, dented, scratched, scratch, 破损, 压坏, 磕碰, 划痕,
    包装坏
delivery.wrong | Wrong or missing item | 错发漏发
    wrong item, wrong colour, wrong color, missing part, missing, incomplete, 发错, 错发, 漏发,
    少发, 少了, 缺件, 型号不对
installation | Installation | 安装
installation.late | Appointment not kept | 未按约上门
    installer did not, no show, installation appointment, not installed, 未上门, 没来安装, 爽约,
    约定安装
installation.faulty | Faulty installation | 安装不当
    badly installed, installed wrongly, installation, installer, 安装不当, 没装好, 装歪, 安装
service | Service and repair | 服务与维修
service.attitude | Attitude of staff | 服务态度
    rude, attitude, unfriendly, yelled, hung up, 态度, 骂人, 不耐烦, 推诿, 敷衍
service.slow | No answer or too slow | 无人处理
    no answer, no reply, nobody called, never called, on hold, ignored, waiting for weeks,
    没人处理, 没人管, 不回复, 不解决, 拖延, 联系不上, 没有回复
service.again | Repaired, same fault again | 维修后复发
    again after repair, same fault, same problem, third time, repaired twice, 修不好, 又坏,
    再次出现, 多次维修, 反复
service.parts | Waiting for spare parts | 缺少配件
    spare part, spare parts, replacement part, 缺配件, 没有配件, 等配件, 配件, 零件
money | Price and billing | 价格与费用
money.charge | Wrong or unfair charge | 乱收费
    overcharged, charged, billing, bill, fee, fees, hidden fees, 乱收费, 多收, 扣费, 收费, 费用,
    加价
money.refund | Refund | 退款
    refund, money back, credit my account, 退款, 退钱, 退定金, 不退, 定金
money.promise | Advertising and contract | 宣传与合同
    false advertising, advertised, misleading, bait, contract, promised price, 虚假宣传, 欺诈,
    欺骗, 合同, 承诺, 减配
money.invoice | Invoice | 发票
    invoice, receipt, 发票, 收据
returns | Return and exchange | 退换货
returns.return | Return | 退货
    return it, send it back, return, 退货, 退车, 退回
returns.exchange | Exchange | 换货
    exchange, replacement, replace it, 换货, 换新, 更换, 换车
enquiry | Question | 咨询
enquiry.usage | How to use | 使用方法
    how do i, how to, manual, instructions, 怎么用, 如何, 使用方法, 说明书
enquiry.warranty | Warranty | 保修
    warranty, guarantee, 保修, 质保, 三包, 保修期
other | Other | 其他
"""


def _read(tree: str) -> tuple[CategoryNode, ...]:
    categories: list[CategoryNode] = []
    for line in tree.strip().splitlines():
        if line.startswith(" "):
            words = (word.strip() for word in line.split(",") if word.strip())
            categories[-1] = replace(categories[-1], keywords=(*categories[-1].keywords, *words))
        else:
            code, en, zh = (cell.strip() for cell in line.split("|"))
            categories.append(CategoryNode(code, en, zh, code.rpartition(".")[0] or None))
    return tuple(categories)


CATEGORIES = _read(_TREE)
