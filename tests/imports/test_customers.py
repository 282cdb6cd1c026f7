from service_desk.customers.queries import get_customer
from service_desk.database import fetch, fetch_value
from tests.factories import PHONE, make_ticket
from tests.imports.importing import imported
from tests.imports.source_files import HEADER, ROWS, csv_of, mapping


async def customers_of(*people: tuple[str, str, str]) -> list[int]:
    """The customers that rows of these people (name, phone, e-mail) ended up with."""
    rows = [(str(n), *ROWS[1][1:], *person) for n, person in enumerate(people)]
    content = csv_of(rows, header=(*HEADER, "Name", "Phone", "Mail"))
    rules = mapping()
    more = mapping().__class__(
        source="old",
        fields={
            **rules.fields, "customer_name": "Name", "customer_phone": "Phone",
            "customer_email": "Mail",
        },
    )  # fmt: skip
    await imported(content, more)
    found = await fetch("SELECT customer FROM ticket WHERE external_id <> '' ORDER BY id")
    return [row["customer"] for row in found]


async def test_a_row_without_phone_and_e_mail_gets_its_own_customer(desk: str) -> None:
    first, second = await customers_of(("Li", "", ""), ("Li", "", ""))
    assert first != second


async def test_customers_are_matched_by_phone_then_by_e_mail(desk: str) -> None:
    found = await customers_of(
        ("Li", "138 0013 8000", ""),
        ("Li Wei", "+86 138 0013 8000", "li@example.com"),
        ("Anna", "", "anna@example.com"),
        ("Anna", "139 0000 0000", "ANNA@example.com"),
        ("Bob", "139 0000 0001", ""),
    )
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert len({*found}) == 3
    assert await fetch_value("SELECT count(*) FROM customer") == 3


async def test_another_way_to_reach_a_known_customer_is_kept(desk: str) -> None:
    """Where they had none; what they have stays, and what somebody else has stays theirs."""
    await customers_of(
        ("Li", PHONE, ""),
        ("Anna", "", "anna@example.com"),
        ("Li", PHONE, "li@example.com"),
        ("Li", PHONE, "other@example.com"),
        ("Anna", "139 0000 0000", "anna@example.com"),
        ("Bob", "139 0000 0001", ""),
        ("Bob", "139 0000 0001", "li@example.com"),
    )
    kept = await fetch("SELECT phone, email FROM customer ORDER BY id")
    assert [tuple(row) for row in kept] == [
        (PHONE, "li@example.com"),
        ("+8613900000000", "anna@example.com"),
        ("+8613900000001", None),
    ]
    pairs = await fetch("SELECT customer, other FROM customer_pair")
    assert len(pairs) == 1  # Bob came with the address of Li


async def test_the_phone_of_one_and_the_address_of_another_lists_them_as_likely_one(
    desk: str,
) -> None:
    """Both keep what they have, whether they were there before or come with the same file."""
    first, second, third = await customers_of(
        ("Li", PHONE, ""),
        ("Anna", "139 0000 0000", "anna@example.com"),
        ("Li", PHONE, "anna@example.com"),
    )
    assert third == first != second
    kept = await fetch("SELECT phone, email FROM customer ORDER BY id")
    assert [tuple(row) for row in kept] == [(PHONE, None), ("+8613900000000", "anna@example.com")]
    pairs = await fetch("SELECT customer, other FROM customer_pair")
    assert [tuple(row) for row in pairs] == [(first, second)]
    assert (await get_customer(second)).likely_same == [first]


async def test_an_existing_customer_is_found(desk: str) -> None:
    await make_ticket(phone=PHONE)
    await customers_of(("Li", PHONE, ""))
    rows = await fetch("SELECT DISTINCT customer FROM ticket")
    assert len(rows) == 1


async def test_the_last_contact_of_an_imported_customer_is_their_ticket(desk: str) -> None:
    await customers_of(("Li", PHONE, ""))
    assert await fetch_value(
        "SELECT c.last_contact_at = t.received_at AND c.name = 'Li' AND c.locale = 'en' "
        "FROM customer c JOIN ticket t ON t.customer = c.id"
    )
