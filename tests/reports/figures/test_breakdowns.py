from service_desk.database import fetch
from service_desk.reports.figures.breakdowns import MAX_VALUES, read_breakdowns
from service_desk.reports.figures.schemas import CategoryRow, DimensionCount, HourCount, RungRow
from service_desk.suppliers.decisions import approve, overturn
from service_desk.suppliers.sweep import sweep_ladders
from service_desk.tickets.classification import Classification, classify
from tests.factories import make_staff, make_ticket
from tests.reports.october import NOVEMBER_2ND, OCTOBER, ZONE, october, on


async def test_october_by_category_channel_cause_and_agent(desk: str) -> None:
    await october()
    found = await read_breakdowns(OCTOBER, ZONE, NOVEMBER_2ND)
    assert found.by_category == [
        CategoryRow("product.noise", "Noise and vibration", "异响抖动", 2, 0.5, 0.5),
        CategoryRow("", "", "", 1, 0.25, 0.75),
        CategoryRow("product.leak", "Leaks", "渗漏", 1, 0.25, 1.0),
    ]
    assert found.counts["channel"] == [
        DimensionCount("sms", 2, 1), DimensionCount("call", 1, 0), DimensionCount("web", 1, 1),
    ]  # fmt: skip
    assert found.counts["cause"] == [
        DimensionCount("supplier_quality", 3, 2),
        DimensionCount("unknown", 1, 0),
    ]
    assert found.counts["assignee"] == [DimensionCount("Ann", 2, 2), DimensionCount("", 2, 0)]
    assert [(day.day.day, day.received, day.resolved) for day in found.by_day] == [
        (1, 1, 0), (2, 0, 1), (5, 1, 0), (20, 1, 0), (21, 0, 1), (31, 1, 0),
    ]  # fmt: skip
    assert HourCount(weekday=6, hour=23, received=1) in found.by_hour
    assert sum(hour.received for hour in found.by_hour) == 4


async def test_suppliers_have_the_rungs_of_the_month(desk: str) -> None:
    await october()
    for day in (22, 23):
        await make_ticket("Loud", phone=f"+861390013800{day % 10}", at=on(day), supplier="Haina")
    await fetch(
        "UPDATE ticket SET cause = 'supplier_quality', "
        "category = (SELECT id FROM category WHERE code = 'product.noise') "
        "WHERE supplier IS NOT NULL"
    )
    await sweep_ladders(NOVEMBER_2ND)
    (haina,) = (await read_breakdowns(OCTOBER, ZONE, NOVEMBER_2ND)).by_supplier
    assert (haina.name, haina.received, haina.offences, haina.resolved) == ("Haina", 4, 4, 1)
    assert [rung.rung for rung in haina.rungs] == ["ultimatum", "verbal_warning"]
    assert haina.rungs[0] == RungRow("ultimatum", "proposed", "Noise and vibration", "异响抖动")
    before_the_sweep = await read_breakdowns(OCTOBER, ZONE, on(31))
    assert before_the_sweep.by_supplier[0].rungs == []


async def test_a_rung_has_its_state_as_of_the_time(desk: str) -> None:
    staff = await make_staff("supervisor")
    for day in (22, 23, 24):
        number = (await make_ticket("Loud", at=on(day), supplier="Haina")).number
        await classify(
            number,
            Classification(category="product.noise", cause="supplier_quality"),
            staff_id=staff,
            now=on(day),
        )
    await sweep_ladders(on(25))
    await approve(1, note="", staff_id=staff, now=on(27))
    await overturn(1, note="They were right", staff_id=staff, now=on(29))
    for day, state in ((26, "proposed"), (28, "approved"), (30, "overturned")):
        (haina,) = (await read_breakdowns(OCTOBER, ZONE, on(day))).by_supplier
        assert [rung.state for rung in haina.rungs] == [state]


async def test_the_tail_of_a_long_list_is_one_row(desk: str) -> None:
    for n in range(MAX_VALUES + 5):
        await make_ticket("Loud", phone=f"+8613800139{n:03}", at=on(3), product=f"Model {n:02}")
    products = (await read_breakdowns(OCTOBER, ZONE, on(4))).counts["product"]
    assert len(products) == MAX_VALUES + 1
    assert products[-1] == DimensionCount("…", 5, 0)


async def test_a_merged_ticket_counts_as_the_one_it_was_merged_into(desk: str) -> None:
    first = await make_ticket("Loud", at=on(3))
    second = await make_ticket("Loud, as I said", at=on(3, 10))
    await fetch("UPDATE ticket SET merged_into = $2 WHERE id = $1", second.id, first.id)
    found = await read_breakdowns(OCTOBER, ZONE, on(4))
    assert sum(row.received for row in found.by_category) == 1
