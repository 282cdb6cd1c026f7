"""What people know of a thing, in any spelling, and what they find by it."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from service_desk.assets.operations import create_asset
from service_desk.assets.schemas import NewAsset
from service_desk.contacts.finding import NewCustomer
from service_desk.database import fetch, fetch_value, transaction
from service_desk.finding import known_words
from service_desk.linking.message_moves import move_message
from service_desk.rules.tickets.sought import read_sought
from service_desk.search.queries import (
    FIND_ASSETS,
    FIND_CUSTOMERS,
    FIND_SUPPLIERS,
    FIND_TICKETS,
    KNOWN,
    search,
)
from service_desk.ticket_views.finding import found_arguments
from service_desk.tickets.conversation import add_note, receive_message, reply
from tests.factories import NOW, By, make_staff, make_ticket, resolve, solved

MINUTE = timedelta(minutes=1)


async def found(query: str) -> list[tuple[str, object]]:
    """Type with number or id, best first."""
    hits = (await search(query, limit=20)).items
    return [(hit.type, hit.number if hit.type == "ticket" else hit.id) for hit in hits]


async def customer_of(number: str) -> int:
    return await fetch_value("SELECT customer FROM ticket WHERE number = $1", number)


@pytest.mark.usefixtures("desk")
async def test_a_ticket_is_found_whatever_its_state() -> None:
    ticket = await make_ticket("The dryer squeaks", kind="enquiry")
    await solved(ticket)
    assert await found("squeaks") == [("ticket", ticket.number)]
    await fetch("UPDATE ticket SET state = 'closed'")
    assert await found("squeaks") == [("ticket", ticket.number)]


@pytest.mark.usefixtures("desk")
async def test_a_ticket_is_found_by_its_number_in_any_spelling() -> None:
    number = (await make_ticket()).number
    for spelled in (
        number, f"{number[:3]} {number[3:]}", f"工单{number}", f"#{number}", f"Ticket {number}",
        f"工單 {number[:3]}-{number[3:]}", "".join(chr(ord(digit) + 0xFEE0) for digit in number),
    ):  # fmt: skip
        assert (await found(spelled))[:1] == [("ticket", number)], spelled


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    "spelled",
    [
        *("13812340777", "138 1234 0777", "+86 138-1234-0777", "008613812340777", "0777"),
        *("0086 138 1234 0777", "8613812340777", "tel: 138-1234-0777", "+86 (0)138 1234 0777"),
        *(
            "＋８６１３８１２３４０７７７",
            "1381234",
            "手机13812340777",
            "Wang 0777",
            "138.1234.0777",
        ),
    ],
)
async def test_a_customer_is_found_by_phone_and_brings_the_tickets(spelled: str) -> None:
    new = NewCustomer(phone="+8613812340777", name="Wang")
    ticket = await make_ticket("Does not heat", customer=new)
    await make_ticket(phone="+8613899999999")
    customer = await customer_of(ticket.number)
    assert await found(spelled) == [("customer", customer), ("ticket", ticket.number)]


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("spelled", ["AB12CD-9", "AB 12 cd-9", "ab12cd9", "Serial no. AB-12-CD-9"])
async def test_an_asset_is_found_by_its_serial_number_and_brings_the_tickets(spelled: str) -> None:
    ticket = await make_ticket("Leaks", product="W1", serial_number="AB 12 cd-9")
    owner = await customer_of(ticket.number)
    asset = await create_asset(NewAsset(" ab12CD-9", "W1", owner), NOW)
    assert (await found(spelled))[:2] == [("asset", asset), ("ticket", ticket.number)]


@pytest.mark.usefixtures("desk")
async def test_later_messages_notes_replies_and_the_resolution_are_searched() -> None:
    ticket = await make_ticket("Does not heat", kind="enquiry")
    staff = await make_staff()
    await receive_message(ticket.number, "Now it gurgles", channel="sms", now=NOW + MINUTE)
    by = By(staff_id=staff, now=NOW + 2 * MINUTE)
    await add_note(ticket.number, "Ask for the manometer", **by)
    await reply(ticket.number, "Please try the stopcock", **by)
    await resolve(ticket.number, "Descaled the exchanger", staff_id=staff, now=by["now"])
    for word in ("gurgles", "manometer", "stopcock", "descaled", "heat gurgles manometer"):
        assert await found(word) == [("ticket", ticket.number)], word
    (hit,) = (await search("manometer", limit=5)).items
    assert hit.excerpt == "Ask for the manometer"


@pytest.mark.usefixtures("desk")
async def test_a_moved_message_is_found_where_it_is_now() -> None:
    first, second = await make_ticket("Does not heat"), await make_ticket("Another fridge")
    await receive_message(first.number, "It gurgles", channel="sms", now=NOW + MINUTE)
    message = await fetch_value("SELECT max(id) FROM message WHERE body = 'It gurgles'")
    staff = await make_staff()
    await move_message(first.number, message, second.number, staff_id=staff, now=NOW + 2 * MINUTE)
    assert ("ticket", second.number) in await found("gurgles")


@pytest.mark.usefixtures("desk")
async def test_accents_and_traditional_characters_are_folded() -> None:
    zoe = await make_ticket(
        "Kaput", customer=NewCustomer(phone="+8613800000001", name="Zoë Müller")
    )
    noise = await make_ticket("洗衣机有异响", phone="+8613800000002")
    old = await make_ticket("熱水器壞了", phone="+8613800000003")
    customer = ("customer", await customer_of(zoe.number))
    for spelled in ("Zoe", "muller", "Zoë", "zoe mul"):
        assert (await found(spelled))[0] == customer, spelled
    for spelled in ("異響", "异响"):
        assert await found(spelled) == [("ticket", noise.number)]
    assert await found("热水器") == await found("熱水器") == [("ticket", old.number)]


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("compresor", "The compressor is loud"),
        ("compressro luod", "The compressor is loud"),
        ("热水气漏水", "热水器漏水"),
        ("Johnsen", "Call Mr Johnson"),
    ],
)
async def test_a_typo_in_a_word_is_forgiven(typed: str, said: str) -> None:
    ticket = await make_ticket(said)
    results = await search(typed, limit=5)
    assert [hit.number for hit in results.items] == [ticket.number]
    assert results.corrected


@pytest.mark.usefixtures("desk")
async def test_a_customer_found_by_name_brings_tickets_of_any_age_and_a_supplier_is_found() -> None:
    ticket = await make_ticket("Does not heat", supplier="Haier Élec")
    await fetch("UPDATE customer SET name = '王小明', email = 'wang@example.com'")
    customer = ("customer", await customer_of(ticket.number))
    assert await found("王小明") == [customer, ("ticket", ticket.number)]
    assert (await found("wang@example.com"))[0] == customer
    supplier = await fetch_value("SELECT id FROM supplier")
    assert (await found("haier elec"))[0] == ("supplier", supplier)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    "query", ["", " ", "'", "\\", "a'b | !c", "\0", "()", "é" * 200, "+", "00"]
)
async def test_anything_may_be_typed(query: str) -> None:
    await search(query, limit=5)


@pytest.mark.usefixtures("desk")
async def test_no_big_table_is_read_from_end_to_end() -> None:
    sought = read_sought("AB12 13812340777 104503 leak")
    arguments = (*found_arguments(sought), ["+8613812"], sought.text, 20)
    async with transaction():
        await fetch("SET LOCAL enable_seqscan = off")
        for statement in (FIND_TICKETS, FIND_CUSTOMERS, FIND_ASSETS, FIND_SUPPLIERS):
            plan = await fetch(f"EXPLAIN {statement}", *arguments)
            assert not seq_scans(plan), statement
        for known in KNOWN:
            plan = await fetch(f"EXPLAIN {known_words(known)}", ["'leak'"])
            assert not seq_scans(plan)
            assert not any("Join" in row[0] for row in plan), "each word is looked up by itself"


def seq_scans(plan: Sequence[Any]) -> list[str]:
    lines = "\n".join(row[0] for row in plan)
    return re.findall(r"Seq Scan on (ticket|customer|asset|message|supplier)\b", lines)
