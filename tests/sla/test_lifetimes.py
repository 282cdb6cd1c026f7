"""Random lifetimes of tickets, step by step as the pure fold of their events has them.

The machine is in lifetimes.py. Hypothesis drives it from a synchronous test, so its operations run
on the session's event loop, which stands still meanwhile: the same pool, the same database.
"""

import asyncio

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sla.lifetimes import Lifetimes

STEPS = {"fast": (15, 20), "nightly": (300, 50)}
EXAMPLES, LENGTH = STEPS.get(settings.get_current_profile_name(), STEPS["fast"])


@pytest.fixture
async def loop(desk: str) -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_operations_and_the_fold_agree_after_each_step(loop: asyncio.AbstractEventLoop) -> None:
    run_state_machine_as_test(
        lambda: Lifetimes(loop),
        settings=settings(max_examples=EXAMPLES, stateful_step_count=LENGTH),
    )
