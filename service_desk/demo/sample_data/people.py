"""The people of the sample data: staff, suppliers with their products, customers."""

from random import Random

from msgspec import Struct

from service_desk.demo.sample_data.issues import AIR, HEAT, KITCHEN, LAUNDRY, WATER
from service_desk.principal import Role
from service_desk.rules.words.languages import Locale

PASSWORD = "service-desk-demo"  # noqa: S105 - printed by `up --demo`, which is its purpose


class SampleStaff(Struct, frozen=True):
    """`phone`: callers who want a person are put through to it."""

    email: str
    name: str
    role: Role
    locale: Locale
    phone: str | None = None


SAMPLE_STAFF = (
    SampleStaff("agent@desk.example", "陈薇", "agent", "zh", "+8613900007001"),
    SampleStaff("tom@desk.example", "Tom Harris", "agent", "en", "+8613900007002"),
    SampleStaff("liu@desk.example", "刘洋", "agent", "zh"),
    SampleStaff("grace@desk.example", "Grace Wu", "agent", "en"),
    SampleStaff("zhao@desk.example", "赵敏", "agent", "zh"),
    SampleStaff("supervisor@desk.example", "周建国", "supervisor", "zh"),
    SampleStaff("helen@desk.example", "Helen Park", "supervisor", "en"),
    SampleStaff("admin@desk.example", "孙悦", "admin", "zh"),
)
AGENTS = tuple(colleague for colleague in SAMPLE_STAFF if colleague.role == "agent")


class SampleSupplier(Struct, frozen=True):
    """A supplier with its products: (kind of goods, model)."""

    name: str
    contact: str
    locale: Locale
    deposit: int  # yuan
    models: tuple[tuple[str, str], ...]


SAMPLE_SUPPLIERS = (
    SampleSupplier("海纳空调 Haina Air", "林志远", "zh", 50_000,
          ((AIR, "Haina KFR-35GW"), (AIR, "Haina KFR-72LW"))),
    SampleSupplier("Northwind HVAC", "Peter Lang", "en", 40_000,
          ((AIR, "Northwind NW-26"), (HEAT, "Northwind B24"))),
    SampleSupplier("晨光电器 Chenguang", "何晓燕", "zh", 30_000,
          ((KITCHEN, "Chenguang BCD-320"), (KITCHEN, "Chenguang JZT-88"))),
    SampleSupplier("Blue Ridge Appliances", "Susan Cole", "en", 30_000,
          ((LAUNDRY, "BlueRidge W8"),)),
    SampleSupplier("佳暖采暖 Jianuan", "马国强", "zh", 30_000, ((HEAT, "Jianuan L1PB26"),)),
    SampleSupplier("Pinebrook Kitchen", "Mark Boyd", "en", 20_000,
          ((KITCHEN, "Pinebrook DW60"), (KITCHEN, "Pinebrook R450"))),
    SampleSupplier("恒洁净水 Hengjie", "罗美玲", "zh", 25_000,
          ((WATER, "Hengjie RO-600"), (WATER, "Hengjie EWH-60"))),
    SampleSupplier("Sirocco Climate", "Anna Ricci", "en", 30_000, ((AIR, "Sirocco S12"),)),
    SampleSupplier("东屹洗涤 Dongyi", "吴海涛", "zh", 25_000, ((LAUNDRY, "Dongyi XQG100"),)),
    SampleSupplier("Keystone Water", "James Reed", "en", 20_000, ((WATER, "Keystone H80"),)),
    SampleSupplier("顺泰热能 Shuntai", "郑立群", "zh", 20_000, ((HEAT, "Shuntai G20"),)),
)  # fmt: skip

FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾"
GIVEN = (
    *("伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟"),
    *("涛", "明", "超", "秀兰", "霞", "平", "刚", "桂英", "文博", "雨晴", "子涵", "浩然", "思远"),
)
FIRST_NAMES = (
    *("Emma", "Oliver", "Sophia", "Liam", "Ava", "Noah", "Mia", "Lucas", "Chloe", "Ethan"),
    *("Priya", "Daniel", "Olivia", "Hiro", "Julia", "Marco", "Nina", "Samuel", "Lena", "Victor"),
)
LAST_NAMES = (
    *("Miller", "Garcia", "Novak", "Singh", "Dubois", "Jensen", "Rossi", "Murphy", "Keller"),
    *("Walsh", "Okafor", "Tanaka", "Fischer", "Costa", "Bennett", "Hughes"),
)
REGIONS = ("上海浦东", "上海徐汇", "杭州", "苏州", "南京", "宁波", "无锡")
CUSTOMERS = 240
CHINESE_SHARE = 0.72


class SampleCustomer(Struct, frozen=True):
    name: str
    phone: str
    email: str | None
    locale: Locale
    region: str
    spend: int  # of twelve months, minor units


def customers(random: Random) -> list[SampleCustomer]:
    """Always the same people. Their phone numbers are not assigned to anybody."""
    people: list[SampleCustomer] = []
    for n in range(CUSTOMERS):
        chinese = random.random() < CHINESE_SHARE
        first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
        email = f"{first}.{last}{n}@example.com".lower()
        people.append(
            SampleCustomer(
                name=random.choice(FAMILY) + random.choice(GIVEN) if chinese else f"{first} {last}",
                phone=f"+86199000{n:05}" if chinese else f"+1{212 + n % 3}555{100 + n:04}",
                email=email if not chinese or random.random() < 0.2 else None,
                locale="zh" if chinese else "en",
                region=random.choice(REGIONS),
                spend=int(random.paretovariate(1.3) * 90_000),
            )
        )
    return people
