"""With Python's own modules: they write, fail, or take their time."""

from service_desk.child_process import output_of

READ = "base64"  # encodes what it is given


async def test_it_gets_what_the_process_writes() -> None:
    assert await output_of(READ, "-e", given=b"desk", seconds=30) == b"ZGVzaw==\n"


async def test_a_failure_or_a_long_wait_is_nothing() -> None:
    assert await output_of("no_such_module", given=b"", seconds=30) is None
    assert await output_of(READ, "-e", given=b"desk", seconds=0) is None
