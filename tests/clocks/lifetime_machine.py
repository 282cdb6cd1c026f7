"""The base of random lifetimes: a desk, its clock, and operations that may be rejected."""

from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import event as note
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple

from service_desk.database import fetch_value
from service_desk.errors import Conflict, InvalidInput, NotFound
from tests.clocks.lifetime_terms import install
from tests.factories import NOW, make_ticket

Operation = Callable[..., Awaitable[Any]]


class LifetimeMachine(RuleBasedStateMachine):
    tickets: Bundle[str] = Bundle("tickets")

    def __init__(self, loop: AbstractEventLoop) -> None:
        super().__init__()
        self.run = loop.run_until_complete
        self.now = NOW
        self.as_of: dict[str, datetime] = {}
        """By ticket number: the instant up to which its levels are recorded."""

    def do(self, after: Any, operation: Operation, *args: Any, **more: Any) -> bool:
        """Whether it was accepted. A rejected one must change nothing: `compare` checks that."""
        self.wait_until(after)
        try:
            self.run(operation(*args, **more, now=self.now))
        except (InvalidInput, Conflict, NotFound) as error:
            note(f"rejected: {operation.__name__}: {error.message[:30]}")
            return False
        return True

    def change(
        self, after: Any, operation: Operation, number: str, *args: Any, **more: Any
    ) -> None:
        if self.do(after, operation, number, *args, **more):
            self.as_of[number] = self.now

    def wait_until(self, after: timedelta | str) -> None:
        if isinstance(after, timedelta):
            self.now += after
        else:
            query = "SELECT min(next_level_at) FROM clock WHERE next_level_at > $1"
            self.now = self.run(fetch_value(query, self.now)) or self.now

    @initialize(target=tickets)
    def begin(self) -> Any:
        self.run(self.install())
        self.run(self.open())
        return multiple(*self.as_of)

    async def install(self) -> None:
        self.agent, self.boss = await install()

    async def open(self, **fields: Any) -> str:
        number = (await make_ticket(at=self.now, **fields)).number
        self.as_of[number] = self.now
        return number
