"""REST of the verbs of a ticket (DESIGN §3): each answers 200 with the ticket."""

from typing import Any

from litestar import post
from litestar.params import FromPath, JSONBody

from service_desk import wall_clock
from service_desk.errors import InvalidInput
from service_desk.linking import operations as linking
from service_desk.rest.schemas import (
    AnswerInput,
    AssignInput,
    ClassifyInput,
    CompensateInput,
    CompensationDecision,
    EmptyInput,
    LinkInput,
    MergeInput,
    MessageInput,
    PlanInput,
    PromiseInput,
    ReferInput,
    ReopenInput,
    ResolveInput,
    WaitInput,
)
from service_desk.rules.messages.vocabulary import MessageChannel
from service_desk.settings import get_settings
from service_desk.suppliers.naming import check_supplier_exists
from service_desk.ticket_views.meanwhile import unchanged_since
from service_desk.ticket_views.schemas import TicketView
from service_desk.ticket_views.whole_tickets import get_ticket
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import classify, given_fields
from service_desk.tickets.compensation import compensate, decide_compensation
from service_desk.web.access import StaffRequest, needs_scope
from service_desk.web.timestamps import require_offset


def _verb(path: str, name: str) -> Any:
    return post(
        f"/tickets/{{number:str}}/{path}",
        guards=[needs_scope("tickets:write")],
        operation_id=name,
        status_code=200,
    )


def _based_on(request: StaffRequest, number: str, data: Any, *things: str) -> Any:
    """The block changes these things; 409 if they were changed since the caller's version."""
    return unchanged_since(number, data.version, things, staff_id=request.user.staff_id)


@_verb("messages", "add_message")
async def post_message(
    request: StaffRequest, number: FromPath[str], data: JSONBody[MessageInput]
) -> TicketView:
    by, now = request.user.staff_id, wall_clock.now()
    if data.visibility == "note":
        if data.via is not None:
            raise InvalidInput(
                "A note is for staff only and is not sent; leave `via` out.", field="via"
            )
        await conversation.add_note(number, data.body, staff_id=by, now=now)
    elif data.via == "call":
        await conversation.log_call(number, data.body, answered=True, staff_id=by, now=now)
    else:
        via: MessageChannel | None = data.via
        await conversation.reply(number, data.body, via=via, staff_id=by, now=now)
    return await get_ticket(number, now)


@_verb("assign", "assign")
async def post_assign(
    request: StaffRequest, number: FromPath[str], data: JSONBody[AssignInput]
) -> TicketView:
    now = wall_clock.now()
    async with _based_on(request, number, data, "assignee"):
        await progress.assign(number, data.assignee, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("handling-plan", "record_plan")
async def post_plan(
    request: StaffRequest, number: FromPath[str], data: JSONBody[PlanInput]
) -> TicketView:
    now = wall_clock.now()
    async with _based_on(request, number, data, "plan"):
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
    now = wall_clock.now()
    at = require_offset("at", data.at)
    async with _based_on(request, number, data, "promise"):
        await progress.promise(number, at, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("refer", "refer")
async def post_refer(
    request: StaffRequest, number: FromPath[str], data: JSONBody[ReferInput]
) -> TicketView:
    now = wall_clock.now()
    by = request.user.staff_id
    async with _based_on(request, number, data, "referral"):
        await progress.refer(number, data.question, data.to, staff_id=by, now=now)
    return await get_ticket(number, now)


@_verb("answer", "answer_referral")
async def post_answer(
    request: StaffRequest, number: FromPath[str], data: JSONBody[AnswerInput]
) -> TicketView:
    """Answers the question that was referred to a supervisor, as a note."""
    now, by = wall_clock.now(), request.user.staff_id
    async with _based_on(request, number, data, "referral"):
        await conversation.answer_referral(number, data.body, staff_id=by, now=now)
    return await get_ticket(number, now)


@_verb("wait", "wait")
async def post_wait(
    request: StaffRequest, number: FromPath[str], data: JSONBody[WaitInput]
) -> TicketView:
    now = wall_clock.now()
    async with _based_on(request, number, data, "state"):
        await progress.wait(number, data.for_, data.note, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("resume", "resume")
async def post_resume(
    request: StaffRequest, number: FromPath[str], data: JSONBody[EmptyInput]
) -> TicketView:
    now = wall_clock.now()
    async with _based_on(request, number, data, "state"):
        await progress.resume(number, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("resolve", "resolve")
async def post_resolve(
    request: StaffRequest, number: FromPath[str], data: JSONBody[ResolveInput]
) -> TicketView:
    now = wall_clock.now()
    by = request.user.staff_id
    async with _based_on(request, number, data, "state", *(["cause"] if data.cause else [])):
        await progress.resolve(
            number,
            data.resolution,
            data.cause,
            cause_note=data.cause_note,
            told_by=data.told_by,
            staff_id=by,
            now=now,
        )
    return await get_ticket(number, now)


@_verb("close", "close")
async def post_close(
    request: StaffRequest, number: FromPath[str], data: JSONBody[EmptyInput]
) -> TicketView:
    now = wall_clock.now()
    async with _based_on(request, number, data, "state"):
        await progress.close(number, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("reopen", "reopen")
async def post_reopen(
    request: StaffRequest, number: FromPath[str], data: JSONBody[ReopenInput]
) -> TicketView:
    now = wall_clock.now()
    async with _based_on(request, number, data, "state"):
        await progress.reopen(number, data.reason, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("classify", "classify")
async def post_classify(
    request: StaffRequest, number: FromPath[str], data: JSONBody[ClassifyInput]
) -> TicketView:
    now = wall_clock.now()
    if isinstance(data.supplier, str):
        await check_supplier_exists(data.supplier, staff_id=request.user.staff_id)
    async with _based_on(request, number, data, *given_fields(data)):
        await classify(number, data, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("merge", "merge")
async def post_merge(
    request: StaffRequest, number: FromPath[str], data: JSONBody[MergeInput]
) -> TicketView:
    """Answers with the merged ticket: it is closed, and `merged_into` names the other one."""
    now = wall_clock.now()
    async with _based_on(request, number, data, "state"):
        await linking.merge(number, data.into, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("link", "link")
async def post_link(
    request: StaffRequest, number: FromPath[str], data: JSONBody[LinkInput]
) -> TicketView:
    now = wall_clock.now()
    async with _based_on(request, number, data, "link"):
        await linking.link(number, data.to, staff_id=request.user.staff_id, now=now)
    return await get_ticket(number, now)


@_verb("compensate", "compensate")
async def post_compensate(
    request: StaffRequest, number: FromPath[str], data: JSONBody[CompensateInput]
) -> TicketView:
    """An agent's is proposed to a supervisor; a supervisor's own is approved at once."""
    now, by = wall_clock.now(), request.user.staff_id
    async with _based_on(request, number, data, "compensation"):
        currency = data.currency or get_settings().currency
        await compensate(number, data.amount, currency, data.reason, staff_id=by, now=now)
    return await get_ticket(number, now)


@_verb("compensations/{compensation:int}", "decide_compensation")
async def post_decision(
    request: StaffRequest,
    number: FromPath[str],
    compensation: FromPath[int],
    data: JSONBody[CompensationDecision],
) -> TicketView:
    now, by = wall_clock.now(), request.user.staff_id
    async with _based_on(request, number, data, f"compensation {compensation}"):
        await decide_compensation(number, compensation, approve=data.approve, staff_id=by, now=now)
    return await get_ticket(number, now)


HANDLERS = (
    post_message,
    post_assign,
    post_plan,
    post_promise,
    post_refer,
    post_answer,
    post_wait,
    post_resume,
    post_resolve,
    post_close,
    post_reopen,
    post_classify,
    post_merge,
    post_link,
    post_compensate,
    post_decision,
)
