"""REST for tickets and the queue (DESIGN §3). Parse, call one verb, answer with the ticket."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from service_desk import clock
from service_desk.customers.phone_numbers import to_e164
from service_desk.errors import InvalidInput
from service_desk.paging import DEFAULT_LIMIT, MOST, Page
from service_desk.rules.ticket_states import TicketState
from service_desk.settings import get_settings
from service_desk.staff.access import StaffRequest, needs_scope
from service_desk.tickets import conversation, progress
from service_desk.tickets.answering import Via
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.opening import Kind, NewTicket, Severity, open_ticket
from service_desk.tickets.queries import get_ticket, queue_page, ticket_list
from service_desk.tickets.schemas import (
    AssignInput,
    MessageInput,
    NothingInput,
    PlanInput,
    PromiseInput,
    ReferInput,
    ReopenInput,
    ResolveInput,
    TicketFilters,
    TicketInput,
    TicketSummary,
    TicketView,
    WaitInput,
)

CLOCK_SKEW = timedelta(minutes=5)  # how far ahead of ours a caller's clock may be
OLDEST = timedelta(days=3650)

Limit = Annotated[int, QueryParameter(ge=1, le=MOST)]


@post("/tickets", guards=[needs_scope("tickets:write")], operation_id="open_ticket")
async def post_ticket(request: StaffRequest, data: JSONBody[TicketInput]) -> TicketView:
    """Open a ticket. The customer is told its number, unless it was received some time ago."""
    now = clock.now()
    received_at = _received(data.received_at, now)
    fields = {name: getattr(data, name) for name in data.__struct_fields__}
    del fields["received_at"]
    opened = await open_ticket(
        NewTicket(**fields),
        actor=request.user.actor,
        received_at=received_at,
        now=now,
        acknowledge=data.received_at is None,
    )
    return await get_ticket(opened.number, now)


def read_filters(
    in_state: Annotated[TicketState | Literal["any"] | None, QueryParameter(name="state")] = None,
    kind: FromQuery[Kind | None] = None,
    severity: FromQuery[Severity | None] = None,
    assignee: FromQuery[str | None] = None,
    supplier: FromQuery[str | None] = None,
    category: FromQuery[str | None] = None,
    tier: FromQuery[Literal["A", "B", "C"] | None] = None,
    breached: FromQuery[bool | None] = None,
    q: FromQuery[str | None] = None,
    phone: FromQuery[str | None] = None,
    email: FromQuery[str | None] = None,
    external_id: FromQuery[str | None] = None,
    received_from: FromQuery[datetime | None] = None,
    received_to: FromQuery[datetime | None] = None,
) -> TicketFilters:
    """What the query string narrows a list to; `assignee`: an e-mail address or `none`."""
    return TicketFilters(
        state=in_state, kind=kind, severity=severity, assignee=assignee, supplier=supplier,
        category=category, tier=tier, breached=breached, q=q,
        phone=to_e164(phone, get_settings().region) if phone else None,
        email=email.strip().lower() if email else None, external_id=external_id,
        received_from=received_from and _aware("received_from", received_from),
        received_to=received_to and _aware("received_to", received_to),
    )  # fmt: skip


@get("/tickets", guards=[needs_scope("tickets:read")], operation_id="list_tickets")
async def list_tickets(
    filters: NamedDependency[TicketFilters],
    limit: Limit = DEFAULT_LIMIT,
    after: FromQuery[str | None] = None,
) -> Page[TicketSummary]:
    """Newest first; without `state` the unfinished ones, `state=any` for all."""
    return await ticket_list(filters, limit=limit, after=after, now=clock.now())


@get("/queue", guards=[needs_scope("tickets:read")], operation_id="queue")
async def get_queue(
    filters: NamedDependency[TicketFilters],
    limit: Limit = DEFAULT_LIMIT,
    after: FromQuery[str | None] = None,
) -> Page[TicketSummary]:
    """Ranked tickets that are not resolved or closed, the most urgent first."""
    return await queue_page(filters, limit=limit, after=after, now=clock.now())


@post("/queue/take-next", guards=[needs_scope("tickets:write")], operation_id="take_next")
async def post_take_next(request: StaffRequest) -> Response[TicketView | None]:
    """Claim the top unassigned ticket: 200 with it, 204 if there is none."""
    now = clock.now()
    number = await progress.take_next(staff_id=request.user.staff_id, now=now)
    if number is None:
        return Response(None, status_code=204)
    return Response(await get_ticket(number, now), status_code=200)


@get("/tickets/{number:str}", guards=[needs_scope("tickets:read")], operation_id="get_ticket")
async def get_one(number: FromPath[str]) -> TicketView:
    return await get_ticket(number, clock.now())


def _verb(path: str, name: str) -> Any:
    """A POST on a ticket that answers 200 with the ticket."""
    return post(
        f"/tickets/{{number:str}}/{path}",
        guards=[needs_scope("tickets:write")],
        operation_id=name,
        status_code=200,
    )


@_verb("messages", "add_message")
async def post_message(
    request: StaffRequest, number: FromPath[str], data: JSONBody[MessageInput]
) -> TicketView:
    by: dict[str, Any] = {"staff_id": request.user.staff_id, "now": clock.now()}
    if data.visibility == "note":
        await conversation.add_note(number, data.body, **by)
    elif data.via == "call":
        await conversation.log_call(number, data.body, answered=True, **by)
    else:
        via: Via | None = data.via
        await conversation.reply(number, data.body, via=via, **by)
    return await get_ticket(number, by["now"])


@_verb("assign", "assign")
async def post_assign(
    request: StaffRequest, number: FromPath[str], data: JSONBody[AssignInput]
) -> TicketView:
    now = clock.now()
    await progress.assign(number, data.assignee, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("handling-plan", "record_plan")
async def post_plan(
    request: StaffRequest, number: FromPath[str], data: JSONBody[PlanInput]
) -> TicketView:
    now = clock.now()
    await progress.record_plan(
        number,
        diagnosis=data.diagnosis,
        plan=data.plan,
        options=data.options,
        chosen=data.chosen,
        owner=data.owner,
        staff_id=request.user.staff_id,
        now=now,
    )
    return await get_ticket(number, now)


@_verb("promise", "promise")
async def post_promise(
    request: StaffRequest, number: FromPath[str], data: JSONBody[PromiseInput]
) -> TicketView:
    now = clock.now()
    at = _aware("at", data.at)
    await progress.promise(number, at, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("refer", "refer")
async def post_refer(
    request: StaffRequest, number: FromPath[str], data: JSONBody[ReferInput]
) -> TicketView:
    now = clock.now()
    by = request.user.staff_id
    await progress.refer(number, data.question, data.to, staff_id=by, now=now)
    return await get_ticket(number, now)


@_verb("wait", "wait")
async def post_wait(
    request: StaffRequest, number: FromPath[str], data: JSONBody[WaitInput]
) -> TicketView:
    now = clock.now()
    await progress.wait(number, data.for_, data.note, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("resume", "resume")
async def post_resume(
    request: StaffRequest, number: FromPath[str], data: JSONBody[NothingInput]
) -> TicketView:
    now = clock.now()
    await progress.resume(number, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("resolve", "resolve")
async def post_resolve(
    request: StaffRequest, number: FromPath[str], data: JSONBody[ResolveInput]
) -> TicketView:
    now = clock.now()
    by = request.user.staff_id
    await progress.resolve(number, data.resolution, data.cause, staff_id=by, now=now)
    return await get_ticket(number, now)


@_verb("close", "close")
async def post_close(
    request: StaffRequest, number: FromPath[str], data: JSONBody[NothingInput]
) -> TicketView:
    now = clock.now()
    await progress.close(number, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("reopen", "reopen")
async def post_reopen(
    request: StaffRequest, number: FromPath[str], data: JSONBody[ReopenInput]
) -> TicketView:
    now = clock.now()
    await progress.reopen(number, data.reason, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("classify", "classify")
async def post_classify(
    request: StaffRequest, number: FromPath[str], data: JSONBody[Classification]
) -> TicketView:
    now = clock.now()
    await classify(number, data, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


def _received(given: datetime | None, now: datetime) -> datetime:
    if given is None:
        return now
    received_at = _aware("received_at", given)
    if not now - OLDEST < received_at <= now + CLOCK_SKEW:
        raise InvalidInput(
            "A ticket is received in the past ten years and not in the future.",
            field="received_at",
        )
    return min(received_at, now)


def _aware(field: str, at: datetime) -> datetime:
    if at.tzinfo is None:
        raise InvalidInput(
            "A time needs its offset from UTC, as in 2026-10-15T10:00:00+08:00 or …Z.", field=field
        )
    return at


router = Router(
    "/",
    dependencies={"filters": Provide(read_filters, sync_to_thread=False)},
    tags=["tickets"],
    route_handlers=[
        post_ticket, list_tickets, get_queue, post_take_next, get_one, post_message, post_assign,
        post_plan, post_promise, post_refer, post_wait, post_resume, post_resolve, post_close,
        post_reopen, post_classify,
    ],
)  # fmt: skip
