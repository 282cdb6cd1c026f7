"""Assets, each with its warranty."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec.structs import asdict

from service_desk.assets.operations import asset_not_found
from service_desk.assets.schemas import AssetFilters, AssetRow, AssetView
from service_desk.database import fetch_as
from service_desk.finding import ALL, ANY, FOUND_ASSETS, assets_meant
from service_desk.paging import Page, decode_cursor, make_page
from service_desk.rows import get, list_rows
from service_desk.rules.repairs.serial_numbers import canonical_serial
from service_desk.rules.repairs.warranty import warranty_on
from service_desk.rules.words.plain_text import normalize_text
from service_desk.settings import get_settings
from service_desk.tables import Asset

MAX_PER_CUSTOMER = 50
MAX_SAME_SERIAL = 20  # units of different products with one serial number

_CUSTOMER_COLUMNS = {
    "customer_name": Asset.customer.name,
    "customer_phone": Asset.customer.phone,
    "customer_email": Asset.customer.email,
}

# $1 to $3: what is sought, as in service_desk/finding.py.
_LIST = """
SELECT a.id, a.serial_number, a.product, a.customer, c.name AS customer_name,
    c.phone AS customer_phone, c.email AS customer_email, a.installed_on, a.accepted_on,
    a.warranty_months, a.created_at
FROM asset a JOIN customer c ON c.id = a.customer
WHERE {} AND ($4::text IS NULL OR a.serial_number = $4)
    AND ($5::bigint IS NULL OR a.customer = $5)
    AND ($6::bigint IS NULL OR a.id < $6)
ORDER BY a.id DESC LIMIT $7
"""
LIST_ASSETS = _LIST.format(ANY)
FIND_ASSETS = _LIST.format(f"a.id IN ({FOUND_ASSETS.ids})")


async def list_assets(
    filters: AssetFilters, *, limit: int, after: str | None, now: datetime
) -> Page[AssetView]:
    """Newest first. `q`: found as by the search (service_desk/finding.py)."""
    q = (filters.q or "").strip()
    rows = await fetch_as(
        AssetRow,
        FIND_ASSETS if q else LIST_ASSETS,
        *(await assets_meant(q) if q else ALL),
        None if filters.serial_number is None else canonical_serial(filters.serial_number),
        filters.customer,
        decode_cursor(after, int) if after else None,
        limit + 1,
    )
    page = make_page(rows, limit, lambda row: row.id)
    return Page(_with_warranty(page.items, desk_date(now)), page.next)


async def get_asset(asset: int, now: datetime) -> AssetView:
    """Raises NotFound."""
    row = await get(AssetRow, Asset, columns=_CUSTOMER_COLUMNS, id=asset)
    if row is None:
        raise asset_not_found(asset)
    return _with_warranty([row], desk_date(now))[0]


async def assets_of(customer: int, now: datetime, limit: int = MAX_PER_CUSTOMER) -> list[AssetView]:
    """A customer's units, newest first."""
    rows = await list_rows(
        AssetRow,
        Asset,
        columns=_CUSTOMER_COLUMNS,
        order_by=Asset.id,
        descending=True,
        limit=limit,
        customer=customer,
    )
    return _with_warranty(rows, desk_date(now))


async def find_asset(
    serial_number: str | None, product: str | None, at: datetime
) -> AssetView | None:
    """The unit with that serial number as of `at`. Where several products have it, `product`
    decides; if that does not, there is none: nobody guesses."""
    serial = canonical_serial(serial_number or "")
    if not serial:
        return None
    rows = await list_rows(
        AssetRow, Asset, columns=_CUSTOMER_COLUMNS, limit=MAX_SAME_SERIAL, serial_number=serial
    )
    if len(rows) > 1:
        rows = [row for row in rows if normalize_text(row.product) == normalize_text(product or "")]
    return _with_warranty(rows, desk_date(at))[0] if len(rows) == 1 else None


def desk_date(at: datetime) -> date:
    """The date in the desk's time zone."""
    return at.astimezone(get_settings().zone).date()


def _with_warranty(rows: Sequence[AssetRow], day: date) -> list[AssetView]:
    return [
        AssetView(
            **asdict(row),
            warranty=warranty_on(day, row.installed_on, row.accepted_on, row.warranty_months),
        )
        for row in rows
    ]
