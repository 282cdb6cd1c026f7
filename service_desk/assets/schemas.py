"""Assets as REST and pages see them: sold or installed units. Dates are in the desk's time zone."""

from datetime import date, datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from service_desk.input_types import NOT_BLANK, KnownId, PastDate
from service_desk.paging import Page
from service_desk.rules.repairs.warranty import Warranty

SERIAL_LENGTH = 100
Serial = Annotated[
    str, Meta(min_length=1, max_length=SERIAL_LENGTH, description="With a letter or a digit.")
]
Product = Annotated[str, Meta(min_length=1, max_length=200, description=NOT_BLANK)]
Months = Annotated[int, Meta(ge=1, le=240)]


class NewAsset(Struct, frozen=True, forbid_unknown_fields=True):
    """`accepted_on`: null means 48 h after `installed_on`. `warranty_months`: null means as in the
    policy; only a supervisor may set it."""

    serial_number: Serial
    product: Product
    customer: KnownId
    installed_on: PastDate | None = None
    accepted_on: PastDate | None = None
    warranty_months: Months | None = None


class AssetEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is given changes. `customer`: the new one."""

    customer: KnownId | UnsetType = UNSET
    installed_on: PastDate | UnsetType | None = UNSET
    accepted_on: PastDate | UnsetType | None = UNSET
    warranty_months: Months | UnsetType | None = UNSET


class AssetFilters(Struct, frozen=True):
    """`serial_number`: the whole number, in any spelling. `q`: part of it, or of the product."""

    serial_number: str | None = None
    customer: int | None = None
    q: str | None = None


class AssetRow(Struct, frozen=True, kw_only=True):
    """A stored unit with its customer."""

    id: int
    serial_number: str
    product: str
    customer: int
    customer_name: str
    customer_phone: str | None
    customer_email: str | None
    installed_on: date | None
    accepted_on: date | None
    warranty_months: int | None
    created_at: datetime


class AssetView(AssetRow, frozen=True, kw_only=True):
    """`warranty`: as of today; on a ticket as of the day it was received."""

    warranty: Warranty


AssetPage = Page[AssetView]
