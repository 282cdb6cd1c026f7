"""The buttons on the page of a long job."""

from typing import Any

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from service_desk import wall_clock
from service_desk.long_jobs.operations import cancel_job, retry_job
from service_desk.rules.tickets.vocabulary import LongJobKind
from service_desk.web.access import Guard, StaffRequest
from service_desk.web.templates import see_other


def cancel_and_retry(path: str, kind: LongJobKind, guard: Guard) -> list[HTTPRouteHandler]:
    """POST {path}/{job}/cancel and {path}/{job}/retry; both lead back to {path}/{job}."""

    @post(path + "/{job:int}/cancel", guards=[guard])
    async def post_cancel(request: StaffRequest, job: FromPath[int]) -> Response[Any]:
        await cancel_job(job, kind, staff_id=request.user.staff_id, now=wall_clock.now())
        return see_other(f"{path}/{job}")

    @post(path + "/{job:int}/retry", guards=[guard])
    async def post_retry(request: StaffRequest, job: FromPath[int]) -> Response[Any]:
        await retry_job(job, kind, staff_id=request.user.staff_id)
        return see_other(f"{path}/{job}")

    return [post_cancel, post_retry]
