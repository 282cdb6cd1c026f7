"""Random lifetimes of tickets: real operations on a real database, compared with the pure fold.

A Hypothesis state machine: every rule is an operation of the desk, some time after the one before.
After each step the clock rows, recorded levels, alerts and rank of every ticket must follow from
its events, and the `clock.*` events must match the clocks.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    multiple,
    rule,
)

from service_desk.clocks.sweep import record_due_levels
from service_desk.customers.operations import edit_customer
from service_desk.customers.schemas import CustomerEdit
from service_desk.database import fetch_value
from service_desk.linking import message_moves as moving
from service_desk.linking import operations as joining
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.due_times import set_due
from tests.clocks.comparing import compare_all, newest_message, verified
from tests.clocks.lifetime_edits import Edits
from tests.clocks.lifetime_machine import LifetimeMachine
from tests.clocks.lifetime_oracle import compare_with_oracle
from tests.clocks.lifetime_terms import AT_ONCE, DAY, HOUR, MINUTE, pauses, words
from tests.factories import resolve

Operation = Callable[..., Awaitable[Any]]


class Lifetimes(Edits):
    tickets = LifetimeMachine.tickets

    @rule(
        target=tickets,
        after=pauses,
        kind=st.sampled_from(["complaint", "repair", "exchange_return"]),
        channel=st.sampled_from(["sms", "counter"]),
        severity=st.sampled_from([None, "high", "low"]),
        phone=st.sampled_from(["+8613800138000", "+8613800138000", "+8613800138001"]),
    )
    def open_ticket(self, after: Any, **fields: Any) -> str:
        self.wait_until(after)
        return self.run(self.open(**fields))

    # Messages and calls

    @rule(number=tickets, after=pauses, body=words, thanks=st.booleans())
    def customer_writes(self, number: str, after: Any, body: str, thanks: bool) -> None:
        self.change(
            after, conversation.receive_message, number, body, channel="sms", reopens=not thanks
        )

    @rule(number=tickets, after=pauses)
    def reply(self, number: str, after: Any) -> None:
        self.change(after, conversation.reply, number, "We are on it", staff_id=self.agent)

    @rule(number=tickets, after=pauses, answered=st.booleans())
    def call(self, number: str, after: Any, answered: bool) -> None:
        self.change(
            after, conversation.log_call, number, "Rang", answered=answered, staff_id=self.agent
        )

    @rule(number=tickets, after=pauses, by_boss=st.booleans())
    def add_note(self, number: str, after: Any, by_boss: bool) -> None:
        staff = self.boss if by_boss else self.agent
        self.change(after, conversation.add_note, number, "Give it back", staff_id=staff)

    # Progress

    @rule(number=tickets, after=pauses)
    def plan(self, number: str, after: Any) -> None:
        self.change(
            after, progress.record_plan, number, diagnosis="Pump", plan="New pump",
            staff_id=self.agent,
        )  # fmt: skip

    @rule(number=tickets, after=pauses, within=st.sampled_from([MINUTE, HOUR, DAY]))
    def promise(self, number: str, after: Any, within: timedelta) -> None:
        self.change(after, self._promise, number, within)

    async def _promise(self, number: str, within: timedelta, now: datetime) -> None:
        await progress.promise(number, now + within, staff_id=self.agent, now=now)

    @rule(number=tickets, after=pauses, named=st.booleans())
    def refer(self, number: str, after: Any, named: bool) -> None:
        to = "supervisor@desk.test" if named else None
        self.change(after, progress.refer, number, "Pay it back?", to, staff_id=self.agent)

    # Waiting and resolving include their ends: separate rules would rarely hit the same ticket.

    @rule(
        number=tickets,
        after=pauses,
        on=st.sampled_from(["customer", "customer", "supplier", "parts"]),
        lasting=pauses,
        ending=st.sampled_from(["not", "by staff", "by a message"]),
    )
    def wait(self, number: str, after: Any, on: str, lasting: Any, ending: str) -> None:
        self.change(after, progress.wait, number, on, staff_id=self.agent)
        if ending != "not":
            self.compare()
        if ending == "by staff":
            self.change(lasting, progress.resume, number, staff_id=self.agent)
        elif ending == "by a message":
            self.change(lasting, conversation.receive_message, number, "Here", channel="sms")

    @rule(
        number=tickets,
        after=pauses,
        closing=st.booleans(),
        lasting=pauses,
        ending=st.sampled_from(["not", "by staff", "by staff", "by a message"]),
    )
    def resolve(self, number: str, after: Any, closing: bool, lasting: Any, ending: str) -> None:
        self.change(after, resolve, number, "Repaired", staff_id=self.agent)
        if closing:
            self.compare()
            self.change(AT_ONCE, progress.close, number, staff_id=self.agent)
        if ending != "not":
            self.compare()
        if ending == "by staff":
            self.change(lasting, progress.reopen, number, "It leaks", staff_id=self.agent)
        elif ending == "by a message":
            self.change(lasting, conversation.receive_message, number, "No", channel="sms")

    # Two tickets

    @rule(number=tickets, into=tickets, after=pauses)
    def merge(self, number: str, into: str, after: Any) -> None:
        if self.do(after, joining.merge, number, into, staff_id=self.agent):
            self.as_of[number] = self.as_of[into] = self.now

    @rule(number=tickets, to=tickets, after=pauses, lasting=pauses)
    def move_message(self, number: str, to: str, after: Any, lasting: Any) -> None:
        self.customer_writes(number, after, "This is about the other one", thanks=False)
        self.compare()
        message = self.run(newest_message(number))
        if self.do(lasting, moving.move_message, number, message, to, staff_id=self.agent):
            self.as_of[number] = self.as_of[to] = self.now

    @rule(target=tickets, number=tickets, after=pauses, lasting=pauses)
    def split(self, number: str, after: Any, lasting: Any) -> Any:
        self.customer_writes(number, after, "And the dryer hums", thanks=False)
        self.compare()
        sent_at, message = self.now, self.run(newest_message(number))
        if not self.do(lasting, joining.split_out, number, message, staff_id=self.agent):
            return multiple()  # pyright: ignore[reportUnknownVariableType] - of nothing
        self.as_of[number] = self.now
        opened = self.run(fetch_value("SELECT number FROM ticket ORDER BY id DESC LIMIT 1"))
        self.as_of[opened] = sent_at  # later levels are recorded by the next sweep
        return opened

    # Terms

    @rule(
        number=tickets,
        after=pauses,
        change=st.builds(
            Classification,
            severity=st.sampled_from(["safety", "high", "normal", "low"]),
            kind=st.sampled_from(["complaint", "repair"]),
        ),
    )
    def classify(self, number: str, after: Any, change: Classification) -> None:
        self.change(after, classify, number, change, staff_id=self.agent)

    @rule(
        number=tickets,
        after=pauses,
        clock=st.sampled_from(CLOCKS_WITH_TARGET),
        within=st.sampled_from([-HOUR, timedelta(), HOUR, 30 * HOUR]),
    )
    def set_due(self, number: str, after: Any, clock: str, within: timedelta) -> None:
        self.change(after, self._set_due, number, clock, within)

    async def _set_due(self, number: str, clock: Any, within: timedelta, now: datetime) -> None:
        await set_due(number, clock, now + within, "Agreed", staff_id=self.boss, now=now)

    @rule(after=pauses, tier=st.sampled_from(["A", "B", "C"]))
    def edit_tier(self, after: Any, tier: Any) -> None:
        self.do(after, edit_customer, 1, CustomerEdit(tier=tier), staff_id=self.boss)

    # What the worker does

    @rule(after=pauses)
    def sweep(self, after: Any) -> None:
        self.do(after, record_due_levels)
        self.as_of = dict.fromkeys(self.as_of, self.now)
        assert self.run(verified(self.now)) == []

    @rule(after=pauses)
    def auto_close_resolved(self, after: Any) -> None:
        self.do(after, progress.auto_close_resolved)

    def teardown(self) -> None:
        self.run(compare_with_oracle())

    @invariant()
    def compare(self) -> None:
        self.run(compare_all(self.as_of))
