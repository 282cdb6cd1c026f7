"""A desk with random operations, for reports."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from service_desk.customers.operations import edit_customer
from service_desk.customers.schemas import CustomerEdit
from service_desk.database import fetch_value
from service_desk.errors import Conflict
from service_desk.opening.corrections import Correction, RightCustomer, correct
from service_desk.rules.tickets.vocabulary import Cause
from service_desk.self_service.rating import rate
from service_desk.suppliers.operations import create_supplier
from service_desk.suppliers.schemas import SupplierInput
from service_desk.tickets import progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.conversation import log_call, receive_message, reply
from tests.factories import By, make_staff, make_ticket

HOUR = timedelta(hours=1)
TICKETS = 4
CATEGORIES = ("product.noise", "product.leak", "delivery.late")
SUPPLIERS = ("Haina", "Northwind", None)
CAUSES: Sequence[Cause] = ("supplier_quality", "our_service", "unfounded")
SEVERITIES: Sequence[Literal["high", "normal", "low"]] = ("high", "normal", "low")
ACTIONS = (
    *("reply", "call", "plan", "classify", "severity", "wait", "resume", "resolve", "reopen"),
    *("close", "assign", "message", "rate", "tier", "promise", "refer", "open", "correct"),
)


class Life:
    """Random operations in sequence; those not allowed at the moment are skipped."""

    def __init__(self, random: Random, start: datetime) -> None:
        self.random = random
        self.now = start
        self.tickets: list[str] = []
        self.rated: set[str] = set()

    async def begin(self) -> None:
        for supplier in filter(None, SUPPLIERS):
            await create_supplier(SupplierInput(supplier), self.now)
        self.agents = [await make_staff(email=f"{name}@desk.test") for name in ("ann", "ben")]
        for _ in range(TICKETS):
            await self._open()
            self.now += HOUR

    async def run(self, actions: int) -> None:
        for _ in range(actions):
            self.now += timedelta(minutes=self.random.randrange(1, 600))
            try:
                await self._do(self.random.choice(ACTIONS))
            except Conflict:
                continue

    async def _do(self, action: str) -> None:  # noqa: C901 - one case for each action
        number, who = self.random.choice(self.tickets), self.random.choice(self.agents)
        at = By(staff_id=who, now=self.now)
        match action:
            case "open":
                await self._open()
            case "reply":
                await reply(number, "We are on it", **at)
            case "call":
                await log_call(number, "Called", answered=True, **at)
            case "plan":
                await progress.record_plan(number, diagnosis="d", plan="p", **at)
            case "classify":
                supplier = self.random.choice(SUPPLIERS)
                changes = Classification(
                    category=self.random.choice(CATEGORIES),
                    cause=self.random.choice(CAUSES),
                    supplier=supplier,
                )
                await classify(number, changes, **at)
            case "severity":
                changes = Classification(severity=self.random.choice(SEVERITIES))
                await classify(number, changes, **at)
            case "wait":
                await progress.wait(number, self.random.choice(("customer", "supplier")), **at)
            case "resume":
                await progress.resume(number, **at)
            case "resolve":
                cause = self.random.choice((None, *CAUSES))
                category = Classification(category=self.random.choice(CATEGORIES))
                await classify(number, category, **at)
                word = "Nobody can tell"
                await progress.resolve(number, "Done", cause, cause_note=word, **at)
            case "reopen":
                await progress.reopen(number, "Again", **at)
            case "close":
                await progress.close(number, **at)
            case "assign":
                email = self.random.choice(("ann@desk.test", "ben@desk.test", None))
                await progress.assign(number, email, **at)
            case "message":
                await receive_message(number, "Any news?", channel="sms", now=self.now)
            case "rate" if number not in self.rated:
                self.rated.add(number)  # a second rating replaces the first, without a trace
                await rate(number, self.random.randrange(1, 6), now=self.now)
            case "promise":
                await progress.promise(number, self.now + 3 * HOUR, **at)
            case "refer":
                await progress.refer(number, "May I?", **at)
            case "correct":
                phone = self._phone()
                await correct(
                    number,
                    Correction(
                        subject=self.random.choice(("It is loud", "It leaks")),
                        product=self.random.choice(("W1", "W7", None)),
                        customer=RightCustomer(phone=phone),
                    ),
                    **at,
                )
            case "tier":
                customer = await fetch_value("SELECT min(id) FROM customer")
                edit = CustomerEdit(tier=self.random.choice(("A", "B", "C")))
                await edit_customer(customer, edit, **at)
            case _:  # rated already
                pass

    def _phone(self) -> str:
        return f"+86138001380{self.random.randrange(10, 16)}"

    async def _open(self) -> None:
        opened = await make_ticket(
            self.random.choice(("It is loud", "Water comes out", "There is smoke")),
            phone=self._phone(),
            at=self.now,
            supplier=self.random.choice(SUPPLIERS),
            channel=self.random.choice(("sms", "web", "call")),
        )
        self.tickets.append(opened.number)
