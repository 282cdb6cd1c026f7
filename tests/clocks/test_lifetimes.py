"""Random lifetimes of tickets agree with the pure fold of their events.

The machine is in lifetimes.py. Hypothesis drives it from a synchronous test, so its operations run
on the session's event loop, which is idle meanwhile: the same pool, the same database.
"""

import asyncio
from typing import Any

import pytest
from hypothesis import event, settings
from hypothesis.stateful import run_state_machine_as_test

from service_desk.clocks.replay import replay
from service_desk.rules.clocks.replay import Scenario
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET
from service_desk.sla_settings.editing import save_policy
from service_desk.sla_settings.queries import policies_in_force
from tests.clocks.lifetime_terms import CALENDARS, DAY
from tests.clocks.lifetimes import Lifetimes
from tests.factories import NOW
from tests.sla_settings.rolling_out import roll_out_all

pytestmark = pytest.mark.nightly

STEPS = {"fast": (6, 20), "nightly": (10_000, 20)}
POLICIES = (
    Policy("standard", SHIPPED_POLICIES[-1].targets, calendar="office", pause_on_parts=True),
    Policy("repairs", dict.fromkeys(CLOCKS_WITH_TARGET, 7200), Match(kinds=("repair",))),
    Policy("high", {"response": 1800, "resolution": 72_000}, Match(severities=("high",))),
)
EXAMPLES, LENGTH = STEPS.get(settings.get_current_profile_name(), STEPS["fast"])


class UnderTheSameTerms(Lifetimes):
    """Nobody edits policies, calendars or tiers; teardown replays all under those in force."""

    without: Any = None  # no rule of Lifetimes
    edit_standard = add_policy = move_policy = retire_policy = edit_calendar = edit_tier = without

    async def install(self) -> None:
        await super().install()
        for policy in POLICIES:
            await save_policy(policy, apply_to_open=True, staff_id=self.boss, now=NOW)
        await roll_out_all(NOW)

    def compare(self) -> None:
        """Not here: the other test compares."""

    def teardown(self) -> None:
        self.run(self._replay())

    async def _replay(self) -> None:
        policies = tuple(entry.policy for entry in await policies_in_force())
        scenario = Scenario(policies, {"office": CALENDARS[0]})
        now = self.now + 10 * DAY
        replayed = await replay(scenario, NOW, self.now + DAY, now)
        assert replayed.tickets == len(self.as_of)
        assert replayed.changed == []
        for row in replayed.clocks.values():
            assert (row.judged, row.met) == (row.would_be_judged, row.would_be_met)
            event("judged: some" if row.judged else "judged: none")


@pytest.fixture
async def loop(desk: str) -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_operations_and_the_fold_agree_after_each_step(loop: asyncio.AbstractEventLoop) -> None:
    run_state_machine_as_test(
        lambda: Lifetimes(loop),  # pyright: ignore[reportArgumentType] - what makes one will do
        settings=settings(max_examples=EXAMPLES, stateful_step_count=LENGTH),
    )


def test_replay_under_the_same_terms_is_what_really_happened(
    loop: asyncio.AbstractEventLoop,
) -> None:
    run_state_machine_as_test(
        lambda: UnderTheSameTerms(loop),  # pyright: ignore[reportArgumentType] - the same
        settings=settings(max_examples=EXAMPLES, stateful_step_count=LENGTH),
    )
