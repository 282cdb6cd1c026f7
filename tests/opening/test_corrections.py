"""What was typed in wrong is put right; whose ticket it is, with all that follows from it."""

from datetime import timedelta

import pytest

from service_desk.clocks.sweep import record_due_levels
from service_desk.clocks.verification import verify_clocks
from service_desk.contacts.finding import NewCustomer
from service_desk.customers.operations import create_customer
from service_desk.customers.schemas import CustomerInput
from service_desk.database import fetch, fetch_value
from service_desk.errors import InvalidInput, MoveNotAllowed
from service_desk.linking.operations import merge
from service_desk.opening.corrections import Correction, RightCustomer, correct
from service_desk.reports.figures.months import Month
from service_desk.reports.figures.queries import calculate_figures
from service_desk.rules.policies.policies import Match, Policy
from service_desk.sla_settings.editing import save_policy
from service_desk.ticket_views.queries import ticket_list
from service_desk.ticket_views.schemas import TicketFilters
from service_desk.ticket_views.whole_tickets import get_ticket
from tests.factories import NOW, By, make_staff, make_ticket

HOUR = timedelta(hours=1)
OTHER = "+8613900139000"
VIP = Policy(name="vip", targets={"response": 600}, match=Match(tiers=("A",)))


async def by() -> By:
    return By(staff_id=await make_staff(), now=NOW + HOUR)


async def found(q: str) -> list[str]:
    page = await ticket_list(TicketFilters(q=q), limit=9, after=None, now=NOW)
    return [item.number for item in page.items]


async def test_texts_are_put_right_and_the_history_keeps_both(desk: str) -> None:
    number = (await make_ticket(product="Washr", serial_number="AB 12")).number
    correction = Correction(subject=" Does not\nspin ", product="Washer", serial_number=None)
    at = await by()
    for _ in range(2):  # the second time nothing is wrong any more
        await correct(number, correction, **at)
    ticket = await get_ticket(number, NOW)
    assert (ticket.subject, ticket.product, ticket.serial_number) == (
        "Does not spin",
        "Washer",
        None,
    )
    (event,) = [event for event in ticket.events if event.type == "ticket.corrected"]
    assert event.data == {
        "subject": {"from": "The washing machine does not spin", "to": "Does not spin"},
        "product": {"from": "Washr", "to": "Washer"},
        "serial_number": {"from": "AB 12", "to": None},
    }
    assert (await found("washer"), await found("washr"), await found("AB12")) == ([number], [], [])
    assert await found("washing") == [number]  # the customer's own words stay


async def test_a_report_made_before_is_the_same_again(desk: str) -> None:
    number = (await make_ticket(product="Washr")).number
    await correct(number, Correction(product="Washer"), **await by())
    for as_of, product in ((NOW, "Washr"), (NOW + HOUR, "Washer")):
        figures = await calculate_figures(Month(2026, 10), as_of)
        assert [one.key for one in figures.by_product] == [product]


async def test_a_ticket_that_becomes_another_customers(desk: str) -> None:
    boss, at = await make_staff("supervisor"), await by()
    await save_policy(VIP, apply_to_open=False, staff_id=boss, now=NOW)
    vip = await create_customer(CustomerInput("Han Mei", OTHER, tier="A"), NOW)
    theirs = await make_ticket(product="W1", phone=OTHER, at=NOW - HOUR)
    wrong = await make_ticket(product="W1")
    later = await make_ticket(at=NOW + HOUR / 2)  # of the wrong customer
    before = await get_ticket(wrong.number, NOW)
    assert [reason.code for reason in (await get_ticket(later.number, NOW)).rank.because] == [
        "due",
        "earlier_complaints",
    ]

    await correct(wrong.number, Correction(customer=RightCustomer(id=vip)), **at)
    ticket = await get_ticket(wrong.number, NOW + HOUR)
    assert (ticket.customer.name, ticket.customer.phone) == ("Han Mei", OTHER)
    codes = [reason.code for reason in ticket.rank.because]
    assert codes == ["due", "tier", "earlier_complaints"]
    assert {clock.name: clock.state for clock in ticket.clocks}["response"] == "breached"
    assert ticket.duplicate_of == theirs.number
    assert ticket.tracking_url != before.tracking_url
    assert ticket.locale == ticket.customer.locale
    # The other one has no earlier complaint any more.
    assert [reason.code for reason in (await get_ticket(later.number, NOW)).rank.because] == ["due"]
    assert await found("han mei") == [wrong.number, theirs.number]
    await record_due_levels(NOW + HOUR)
    differences = [one async for batch in verify_clocks(NOW + HOUR) for one in batch.differences]
    assert differences == []


async def test_a_new_customer_speaks_as_the_ticket_does(desk: str) -> None:
    number = (await make_ticket("洗衣机不转")).number
    assert (await get_ticket(number, NOW)).locale == "zh"
    right = RightCustomer(name="Wang", phone="13900139000")
    await correct(number, Correction(subject="No spin", customer=right), **await by())
    customer = (await get_ticket(number, NOW)).customer
    assert (customer.name, customer.phone, customer.locale) == ("Wang", OTHER, "zh")


async def test_what_was_merged_into_it_goes_along(desk: str) -> None:
    part, whole = await make_ticket(), await make_ticket("It leaks too")
    at = await by()
    await merge(part.number, whole.number, **at)
    right = Correction(customer=RightCustomer(phone=OTHER))
    with pytest.raises(MoveNotAllowed, match=f"merged into {whole.number}"):
        await correct(part.number, right, **at)
    tokens = await fetch("SELECT token FROM ticket ORDER BY id")
    await correct(whole.number, right, **at)
    assert await fetch_value("SELECT count(DISTINCT customer) FROM ticket") == 1
    assert (await get_ticket(part.number, NOW)).customer.phone == OTHER
    assert not {*tokens} & {*await fetch("SELECT token FROM ticket")}


async def test_planned_calls_about_the_ticket_are_to_its_customer(desk: str) -> None:
    ticket = await make_ticket()
    await fetch(
        "INSERT INTO revisit (customer, kind, ticket, state, attempts, note, created_at) "
        "SELECT $1, 'after_resolution', $2, state, 0, '', $3 "
        "FROM unnest('{planned,done}'::text[]) AS state",
        ticket.customer,
        ticket.id,
        NOW,
    )
    await correct(
        ticket.number, Correction(customer=RightCustomer(email="li@example.com")), **await by()
    )
    rows = await fetch("SELECT state FROM revisit WHERE customer = $1", ticket.customer)
    assert [row["state"] for row in rows] == ["done"]


async def test_details_of_the_customer_that_fill_a_gap_are_taken(desk: str) -> None:
    ticket = await make_ticket()
    right = RightCustomer(phone="13800138000", email="li@example.com")
    await correct(ticket.number, Correction(customer=right), **await by())
    view = await get_ticket(ticket.number, NOW)
    assert (view.customer.id, view.customer.email) == (ticket.customer, "li@example.com")
    assert view.events[-1].data == {"new_details": {"email": "li@example.com"}}


@pytest.mark.parametrize(
    ("customer", "field"),
    [
        (RightCustomer(name="Li Wei"), "customer"),
        (RightCustomer(id=99), "customer.id"),
        (RightCustomer(id=1, name="Li Wei"), "customer"),
        (RightCustomer(phone="13800138000", name="Li Wei"), "customer"),  # it is hers already
        (RightCustomer(phone="12"), "customer.phone"),
    ],
)
async def test_whose_ticket_it_is_must_be_said(
    desk: str, customer: RightCustomer, field: str
) -> None:
    opened = await make_ticket(customer=NewCustomer("Li Lei", "13800138000"))
    with pytest.raises(InvalidInput) as refused:
        await correct(opened.number, Correction(customer=customer), **await by())
    assert refused.value.field == field
    assert (await get_ticket(opened.number, NOW)).customer.name == "Li Lei"


async def test_a_subject_that_cannot_be_seen_is_refused(desk: str) -> None:
    number = (await make_ticket()).number
    with pytest.raises(InvalidInput):
        await correct(number, Correction(subject="\u200b "), **await by())
