"""Assets: made and edited by hand (DESIGN §2.7)."""

from datetime import date, datetime
from typing import Any

import asyncpg
from msgspec import UNSET
from msgspec.structs import asdict

from service_desk.assets.schemas import AssetEdit, NewAsset
from service_desk.database import fetch, fetch_one, fetch_value, transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rules.repairs.serial_numbers import canonical_serial
from service_desk.settings import get_settings

EARLIEST_DATE = date(1970, 1, 1)


async def create_asset(new: NewAsset, now: datetime) -> int:
    """Returns the id. Raises InvalidInput, or Conflict for a unit that is known."""
    serial, product = canonical_serial(new.serial_number), _clean(new.product)
    for field, text in (("serial_number", serial), ("product", product)):
        if not text:
            raise InvalidInput("This must not be empty.", field=field)
    _check_dates(new.installed_on, new.accepted_on, now)
    try:
        return await fetch_value(
            "INSERT INTO asset (serial_number, product, customer, installed_on, accepted_on, "
            "warranty_months, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            serial, product, new.customer, new.installed_on, new.accepted_on,
            new.warranty_months, now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict(
            "There is a {product} with the serial number {serial} already.",
            field="serial_number",
            product=product,
            serial=serial,
        ) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise _no_such_customer(new.customer) from error


async def edit_asset(asset: int, edit: AssetEdit, now: datetime) -> None:
    """Raises NotFound, InvalidInput."""
    given: dict[str, Any] = {
        name: value for name, value in asdict(edit).items() if value is not UNSET
    }
    async with transaction():
        row = await fetch_one(
            "SELECT customer, installed_on, accepted_on, warranty_months FROM asset "
            "WHERE id = $1 FOR NO KEY UPDATE",
            asset,
        )
        if row is None:
            raise asset_not_found(asset)
        columns = dict(row) | given
        _check_dates(columns["installed_on"], columns["accepted_on"], now)
        try:
            await fetch(
                "UPDATE asset SET customer = $2, installed_on = $3, accepted_on = $4, "
                "warranty_months = $5 WHERE id = $1",
                asset,
                *columns.values(),
            )
        except asyncpg.ForeignKeyViolationError as error:
            raise _no_such_customer(columns["customer"]) from error


def asset_not_found(asset: int) -> NotFound:
    return NotFound("There is no asset {asset}.", asset=asset)


def _check_dates(installed_on: date | None, accepted_on: date | None, now: datetime) -> None:
    """A unit is written down once it is there; so nobody's warranty begins in the future."""
    today = now.astimezone(get_settings().zone).date()
    for field, day in (("installed_on", installed_on), ("accepted_on", accepted_on)):
        if day is not None and not EARLIEST_DATE <= day <= today:
            raise InvalidInput(
                "The day must lie between {first} and today, {today}.",
                field=field,
                first=EARLIEST_DATE,
                today=today,
            )
    if installed_on is not None and accepted_on is not None and accepted_on < installed_on:
        raise InvalidInput("It cannot be accepted before it is installed.", field="accepted_on")


def _no_such_customer(customer: int) -> InvalidInput:
    return InvalidInput("There is no customer {customer}.", field="customer", customer=customer)


def _clean(product: str) -> str:
    return " ".join(product.replace("\0", "").split())
