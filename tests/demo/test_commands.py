from service_desk.demo.sample_data.people import PASSWORD, SAMPLE_STAFF
from tests.command_line import installed_service_desk, service_desk
from tests.factories import make_staff


async def test_log_ins_are_printed_again_where_the_sample_data_is(desk: str) -> None:
    """What `up --demo` shows on its second start, without loading anything."""
    for colleague in SAMPLE_STAFF:
        await make_staff(colleague.role, colleague.email)
    done = await installed_service_desk("demo-data")
    assert done.code == 0, done.stderr
    assert PASSWORD in done.stdout
    assert all(colleague.email in done.stdout for colleague in SAMPLE_STAFF)


async def test_a_desk_of_its_own_is_left_alone(desk: str) -> None:
    await make_staff()
    done = await service_desk("demo-data")
    assert (done.code, done.stdout) == (0, "")
    assert "data of its own" in done.stderr
