"""Answering and changing tickets by REST, beside the bare route; and agents who take the next."""

from collections.abc import AsyncGenerator, Callable

from bench.bare_route import bare_rate
from bench.desk import free_port, process, reset_desk
from bench.figures import Figure
from bench.fill import add_history, fill
from bench.http_load import TICKETS, load, posted
from bench.sweep import NOW
from service_desk import wall_clock
from service_desk.contacts.finding import NewCustomer
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_tickets
from service_desk.staff.operations import create_token
from tests.factories import make_staff

CONNECTIONS = 8
EACH = 800
WARM_UP = 200
BATCH = 100
AGENTS = 10
TAKEN = 1_000
OPEN = 50_000
SHARE = 0.25  # of the bare route's rate, at least
TAKEN_A_SECOND = 100.0  # where the bare route does 3,000
BARE_OF_TARGET = 3_000.0


async def changing() -> AsyncGenerator[Figure]:
    bare = await bare_rate(CONNECTIONS)
    yield Figure(f"bare Litestar route, two inserts, {CONNECTIONS} at once", bare, "/s")
    await reset_desk()
    await make_staff("supervisor")
    token = await create_token("supervisor@desk.test", ["all"], now=wall_clock.now())
    numbers = await _tickets(EACH + WARM_UP)
    verbs: dict[str, Callable[[int], object]] = {
        "assign": lambda _: {"assignee": "supervisor@desk.test"},
        "messages": lambda n: {"visibility": "public", "body": f"We come on Monday, number {n}."},
        "resolve": lambda n: {"resolution": f"Pump {n} was exchanged."},
    }
    port = free_port()
    with process("service_desk.cli", "web", "--port", str(port), port=port):
        for verb, body in verbs.items():
            requests = [
                posted(f"{TICKETS}/{number}/{verb}", body(n), token)
                for n, number in enumerate(numbers)
            ]
            await load(port, requests[:WARM_UP], CONNECTIONS)
            done = await load(port, requests[WARM_UP:], CONNECTIONS)
            of = f"POST …/{verb}, {CONNECTIONS} at once"
            yield Figure(of, done.rate, "/s")
            yield Figure(f"{of}, 50 %", done.at(50), "ms")
            yield Figure(f"{of}, 99 %", done.at(99), "ms")
            yield Figure(f"{of}, as a share of bare", done.rate / bare, at_least=SHARE)
    yield await _take_next(bare)


async def _tickets(count: int) -> list[str]:
    now, numbers = wall_clock.now(), list[str]()
    for start in range(0, count, BATCH):
        new = [
            NewTicket(
                "enquiry",
                f"When does my order {n} arrive?",
                "sms",
                NewCustomer(phone=f"+86138{n:08}"),
                received_at=now,
            )
            for n in range(start, min(start + BATCH, count))
        ]
        numbers += [ticket.number for ticket in await open_tickets(new, now=now)]
    return numbers


async def _take_next(bare: float) -> Figure:
    await reset_desk()
    await fill(OPEN, OPEN, NOW)
    await add_history(NOW)
    tokens: list[str] = []
    for n in range(AGENTS):
        await make_staff("agent", f"agent{n}@desk.test")
        tokens.append(await create_token(f"agent{n}@desk.test", ["all"], now=wall_clock.now()))
    requests = [posted("/api/v1/queue/take-next", {}, tokens[n % AGENTS]) for n in range(TAKEN)]
    port = free_port()
    with process("service_desk.cli", "web", "--port", str(port), port=port):
        await load(port, requests[: TAKEN // 10], AGENTS)
        done = await load(port, requests, AGENTS)
    target = TAKEN_A_SECOND * bare / BARE_OF_TARGET
    name = f"take next, {AGENTS} agents on {OPEN:,} open"
    return Figure(name, done.rate, "/s", at_least=target)
