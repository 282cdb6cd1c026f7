"""Policies and calendars edited while tickets live, for new tickets only or for open ones too."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from hypothesis import event as note
from hypothesis import strategies as st
from hypothesis.stateful import rule

from service_desk.database import fetch_value
from service_desk.errors import InvalidInput, NotFound
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import Match, Policy
from service_desk.sla_settings.editing import retire_policy, save_calendar, save_policy
from service_desk.sla_settings.ordering import Direction, check_order_change, move_policy
from service_desk.sla_settings.preview import (
    EditPreview,
    preview_calendar,
    preview_move,
    preview_policy,
    preview_retirement,
)
from service_desk.sla_settings.rollout import roll_out_terms
from tests.clocks.comparing import due_times, given_terms_since
from tests.clocks.lifetime_terms import AT_ONCE, CALENDARS, matches, pauses, reaches, terms
from tests.clocks.living import Living, Operation

LAST_ROLLOUT = "SELECT changed FROM sla_rollout ORDER BY id DESC LIMIT 1"


async def _preview_move(name: str, to: Direction, now: datetime) -> EditPreview:
    return await preview_move(await check_order_change(name, to), now)


class Edits(Living):
    @rule(after=pauses, terms=terms, reach=reaches)
    def edit_standard(self, after: Any, terms: dict[str, Any], reach: str) -> None:
        self.edit(after, reach, preview_policy, save_policy, Policy(name="standard", **terms))

    @rule(after=pauses, match=matches, terms=terms, reach=reaches)
    def add_policy(self, after: Any, match: Match, terms: dict[str, Any], reach: str) -> None:
        special = Policy(name="special", match=match, **terms)
        self.edit(after, reach, preview_policy, save_policy, special)

    @rule(after=pauses, reach=reaches)
    def retire_policy(self, after: Any, reach: str) -> None:
        self.edit(after, reach, preview_retirement, retire_policy, "special")

    @rule(after=pauses, to=st.sampled_from(["up", "down"]), reach=reaches)
    def move_policy(self, after: Any, to: str, reach: str) -> None:
        self.edit(after, reach, _preview_move, move_policy, "special", to)

    @rule(after=pauses, calendar=st.sampled_from(CALENDARS), reach=reaches)
    def edit_calendar(self, after: Any, calendar: Calendar, reach: str) -> None:
        self.edit(after, reach, preview_calendar, save_calendar, "office", calendar)

    @rule(after=pauses)
    def roll_out(self, after: Any) -> None:
        self.wait_until(after)
        self.run(self._rolled_out())
        self.asked_for = False

    def edit(
        self, after: Any, reach: str, preview: Operation, operation: Operation, *args: Any
    ) -> None:
        """Carried out at once, with nothing else on its way, it is as the preview expected."""
        for_open = {"apply_to_open": reach != "new", "staff_id": self.boss}
        if reach != "at once":
            self.asked_for |= self.do(after, operation, *args, **for_open) and reach == "open"
            return
        self.roll_out(after)
        expected = EditPreview()
        with suppress(InvalidInput, NotFound):
            expected = self.run(preview(*args, self.now))
        if self.do(AT_ONCE, operation, *args, **for_open):
            before = self.run(due_times())
            moved = {number for number, *_ in before ^ self.run(self._rolled_out())}
            assert len(moved) == expected.due_moved
            assert self.run(fetch_value(LAST_ROLLOUT)) == expected.affected
            note(f"expected: {expected.due_moved} of {expected.open_tickets}")

    async def _rolled_out(self) -> set[Any]:
        """The due times then. The levels of tickets with new terms are on record until now."""
        last = await fetch_value("SELECT max(id) FROM ticket_event")
        await roll_out_terms(self.now)
        self.as_of |= dict.fromkeys(await given_terms_since(last), self.now)
        return await due_times()
