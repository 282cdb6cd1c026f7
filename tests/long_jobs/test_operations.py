import pytest

from service_desk.database import fetch_value
from service_desk.errors import Conflict, NotFound
from service_desk.long_jobs.operations import cancel_job, has_ended_soon, retry_job, start_job
from service_desk.long_jobs.queries import get_job, outcome_parts
from tests.factories import NOW, make_staff


async def start(staff_id: int, what: str = "a") -> int:
    return await start_job("export", {"what": what}, staff_id=staff_id, now=NOW)


async def test_asked_for_again_while_it_goes_on_it_is_the_same(desk: str) -> None:
    ann, bob = await make_staff(), await make_staff("supervisor")
    job = await start(ann)
    assert await start(ann) == job
    assert len({job, await start(ann, "b"), await start(bob)}) == 3
    await cancel_job(job, "export", staff_id=ann, now=NOW)
    assert await start(ann) != job
    assert await fetch_value("SELECT count(*) FROM long_job") == 4


async def test_it_is_of_whoever_started_it(desk: str) -> None:
    ann, bob = await make_staff(), await make_staff("supervisor")
    job = await start(ann)
    for refused in (
        get_job(job, "export", staff_id=bob),
        get_job(job, "preview", staff_id=ann),
        cancel_job(job, "export", staff_id=bob, now=NOW),
        retry_job(job, "export", staff_id=bob),
    ):
        with pytest.raises(NotFound):
            await refused


async def test_what_has_ended_is_not_cancelled_and_what_has_not_failed_not_retried(
    desk: str,
) -> None:
    ann = await make_staff()
    job = await start(ann)
    assert not await has_ended_soon(job, seconds=0.1)
    with pytest.raises(Conflict, match="only what failed can be retried"):
        await retry_job(job, "export", staff_id=ann)
    for _ in range(2):
        await cancel_job(job, "export", staff_id=ann, now=NOW)
    assert await has_ended_soon(job, seconds=0.1)
    with pytest.raises(Conflict, match="It is cancelled"):
        outcome_parts(await get_job(job, "export", staff_id=ann))
    await fetch_value("UPDATE long_job SET state = 'done'")
    with pytest.raises(Conflict, match="It is done"):
        await cancel_job(job, "export", staff_id=ann, now=NOW)
