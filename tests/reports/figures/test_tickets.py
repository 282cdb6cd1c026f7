from service_desk.reports.figures.clocks import clocks_as_of
from service_desk.reports.figures.tickets import read_ticket_page
from tests.factories import make_ticket
from tests.reports.october import BOUNDS, NOVEMBER_2ND, october, on


async def test_pages_have_every_ticket_once(desk: str) -> None:
    for n in range(25):
        # several at the same instant
        await make_ticket("Loud", phone=f"+8613800138{n:03}", at=on(3, 9, n // 4))
    cursor = None
    numbers: list[str] = []
    while True:
        rows, cursor = await read_ticket_page(*BOUNDS, NOVEMBER_2ND, {}, limit=4, after=cursor)
        numbers += [row.number for row in rows]
        if cursor is None:
            break
    assert len(numbers) == len(set(numbers)) == 25
    assert numbers == sorted(numbers)


async def test_a_row_shows_the_ticket_as_of_the_time(desk: str) -> None:
    await october()
    rows, _ = await read_ticket_page(*BOUNDS, on(24), await clocks_as_of(*BOUNDS, on(24)), limit=10)
    b = rows[1]
    assert (b.state, b.reopened, b.rating, b.resolved_at) == ("resolved", 0, 2, on(22))
    later, _ = await read_ticket_page(*BOUNDS, NOVEMBER_2ND, {}, limit=10)
    assert (later[1].state, later[1].reopened) == ("resolved", 1)
    assert later[1].resolved_at == on(2, 8, month=11)
    assert (b.assignee, b.category, b.cause) == ("Ann", "product.leak", "supplier_quality")
