from service_desk.database import fetch, fetch_one, fetch_value
from service_desk.imports.files.mapping import read_mapping
from tests.imports.importing import imported
from tests.imports.source_files import HEADER, MAPPING, ROWS, csv_of

RULES = read_mapping(
    MAPPING
    + """
[fields.supplier]
column = "Maker"

[fields.category]
column = "Code"

[categories]
car = { en = "Car", zh = "汽车" }
"car.engine" = { en = "Engine", zh = "发动机", parent = "car" }
"""
)


async def test_suppliers_and_categories_are_created_once(desk: str) -> None:
    shipped = await fetch_value("SELECT count(*) FROM category")
    rows = [
        ("1", *ROWS[1][1:], "Geely", "car.engine"),
        ("2", *ROWS[1][1:], "Geely", "car.engine"),
        ("3", *ROWS[1][1:], "Haima", "product.noise"),
        ("4", *ROWS[1][1:], "", "X9"),
    ]
    content = csv_of(rows, header=(*HEADER, "Maker", "Code"))
    await imported(content, RULES)
    found = await fetch(
        "SELECT t.external_id, s.name AS supplier, c.code, p.code AS parent, c.name_zh, "
        "t.category_confirmed FROM ticket t LEFT JOIN supplier s ON s.id = t.supplier "
        "JOIN category c ON c.id = t.category LEFT JOIN category p ON p.id = c.parent ORDER BY 1"
    )
    assert [tuple(row) for row in found] == [
        ("1", "Geely", "car.engine", "car", "发动机", True),
        ("2", "Geely", "car.engine", "car", "发动机", True),
        ("3", "Haima", "product.noise", "product", "异响抖动", True),
        ("4", None, "X9", None, "X9", True),
    ]
    assert await fetch_value("SELECT count(*) FROM supplier") == 2
    assert await fetch_value("SELECT count(*) FROM category") == shipped + 3


async def test_a_suggested_category_is_not_confirmed(desk: str) -> None:
    await imported(csv_of(ROWS[:1]), read_mapping(MAPPING))
    row = await fetch_one(
        "SELECT c.code, t.category_confirmed FROM ticket t JOIN category c ON c.id = t.category"
    )
    assert row is not None
    assert tuple(row) == ("product.connection", False)
