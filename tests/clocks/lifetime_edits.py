"""Edits of policies and calendars while tickets live, for new tickets or for open ones too."""

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
from service_desk.sla_settings.ordering import MoveDirection, check_order_change, move_policy
from service_desk.sla_settings.preview import (
    EditPreview,
    preview_calendar,
    preview_move,
    preview_policy,
    preview_retirement,
)
from tests.clocks.comparing import due_times, tickets_with_terms_since
from tests.clocks.lifetime_machine import LifetimeMachine, Operation
from tests.clocks.lifetime_terms import AT_ONCE, CALENDARS, matches, pauses, scopes, terms
from tests.sla_settings.rolling_out import roll_out_all

LAST_ROLLOUT = "SELECT changed FROM sla_rollout ORDER BY id DESC LIMIT 1"


async def _preview_move(name: str, to: MoveDirection, now: datetime) -> EditPreview:
    return await preview_move(await check_order_change(name, to), now)


class Edits(LifetimeMachine):
    @rule(after=pauses, terms=terms, scope=scopes)
    def edit_standard(self, after: Any, terms: dict[str, Any], scope: str) -> None:
        self.edit(after, scope, preview_policy, save_policy, Policy(name="standard", **terms))

    @rule(after=pauses, match=matches, terms=terms, scope=scopes)
    def add_policy(self, after: Any, match: Match, terms: dict[str, Any], scope: str) -> None:
        special = Policy(name="special", match=match, **terms)
        self.edit(after, scope, preview_policy, save_policy, special)

    @rule(after=pauses, scope=scopes)
    def retire_policy(self, after: Any, scope: str) -> None:
        self.edit(after, scope, preview_retirement, retire_policy, "special")

    @rule(after=pauses, to=st.sampled_from(["up", "down"]), scope=scopes)
    def move_policy(self, after: Any, to: str, scope: str) -> None:
        self.edit(after, scope, _preview_move, move_policy, "special", to)

    @rule(after=pauses, calendar=st.sampled_from(CALENDARS), scope=scopes)
    def edit_calendar(self, after: Any, calendar: Calendar, scope: str) -> None:
        self.edit(after, scope, preview_calendar, save_calendar, "office", calendar)

    @rule(after=pauses)
    def roll_out(self, after: Any) -> None:
        self.wait_until(after)
        self.run(self._roll_out())

    def edit(
        self, after: Any, scope: str, preview: Operation, operation: Operation, *args: Any
    ) -> None:
        """Rolled out at once, with no other rollout pending, it changes what the preview said."""
        details = {"apply_to_open": scope != "new", "staff_id": self.boss}
        if scope != "at once":
            self.do(after, operation, *args, **details)
            return
        self.roll_out(after)
        expected = EditPreview()
        with suppress(InvalidInput, NotFound):
            expected = self.run(preview(*args, self.now))
        if self.do(AT_ONCE, operation, *args, **details):
            before = self.run(due_times())
            moved = {number for number, *_ in before ^ self.run(self._roll_out())}
            assert len(moved) == expected.due_moved
            assert self.run(fetch_value(LAST_ROLLOUT)) == expected.affected
            note(f"preview: {expected.due_moved} of {expected.open_tickets}")

    async def _roll_out(self) -> set[Any]:
        """The due times afterwards. Levels of tickets with new terms are recorded up to now."""
        last = await fetch_value("SELECT max(id) FROM ticket_event")
        await roll_out_all(self.now)
        self.as_of |= dict.fromkeys(await tickets_with_terms_since(last), self.now)
        return await due_times()
