"""Creating and editing assets (DESIGN §2.7)."""

from datetime import date, datetime

import asyncpg
from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from service_desk.assets.schemas import AssetEdit, NewAsset
from service_desk.database import transaction
from service_desk.errors import Conflict, InvalidInput, NotFound
from service_desk.rows import get, insert, update
from service_desk.rules.repairs.serial_numbers import canonical_serial
from service_desk.settings import get_settings
from service_desk.tables import Asset

EARLIEST_DATE = date(1970, 1, 1)


class _Editable(Struct, frozen=True):
    customer: int
    installed_on: date | None
    accepted_on: date | None
    warranty_months: int | None


async def create_asset(new: NewAsset, now: datetime) -> int:
    """Returns the id. Raises InvalidInput, or Conflict for a unit that exists."""
    serial, product = canonical_serial(new.serial_number), _clean(new.product)
    for field, text in (("serial_number", serial), ("product", product)):
        if not text:
            raise InvalidInput("This must not be empty.", field=field)
    _check_dates(new.installed_on, new.accepted_on, now)
    try:
        return await insert(
            Asset,
            serial_number=serial,
            product=product,
            customer=new.customer,
            installed_on=new.installed_on,
            accepted_on=new.accepted_on,
            warranty_months=new.warranty_months,
            created_at=now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict(
            "There is already a {product} with the serial number {serial}.",
            field="serial_number",
            product=product,
            serial=serial,
        ) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise _no_such_customer(new.customer) from error


async def edit_asset(asset: int, edit: AssetEdit, now: datetime) -> None:
    """Raises NotFound, InvalidInput."""
    given = {name: value for name, value in asdict(edit).items() if value is not UNSET}
    async with transaction():
        stored = await get(_Editable, Asset, lock=True, id=asset)
        if stored is None:
            raise asset_not_found(asset)
        edited = replace(stored, **given)
        _check_dates(edited.installed_on, edited.accepted_on, now)
        try:
            await update(
                Asset,
                {
                    Asset.customer: edited.customer,
                    Asset.installed_on: edited.installed_on,
                    Asset.accepted_on: edited.accepted_on,
                    Asset.warranty_months: edited.warranty_months,
                },
                id=asset,
            )
        except asyncpg.ForeignKeyViolationError as error:
            raise _no_such_customer(edited.customer) from error


def asset_not_found(asset: int) -> NotFound:
    return NotFound("There is no asset {asset}.", asset=asset)


def _check_dates(installed_on: date | None, accepted_on: date | None, now: datetime) -> None:
    """Assets are recorded after the event: no date lies in the future."""
    today = now.astimezone(get_settings().zone).date()
    for field, day in (("installed_on", installed_on), ("accepted_on", accepted_on)):
        if day is not None and not EARLIEST_DATE <= day <= today:
            raise InvalidInput(
                "The date must be between {first} and today, {today}.",
                field=field,
                first=EARLIEST_DATE,
                today=today,
            )
    if installed_on is not None and accepted_on is not None and accepted_on < installed_on:
        raise InvalidInput("The acceptance cannot precede the installation.", field="accepted_on")


def _no_such_customer(customer: int) -> InvalidInput:
    return InvalidInput("There is no customer {customer}.", field="customer", customer=customer)


def _clean(product: str) -> str:
    return " ".join(product.replace("\0", "").split())
