"""An installed or sold unit. Whether it is in warranty is computed, never stored."""

from piccolo.columns import (
    BigSerial,
    Date,
    ForeignKey,
    OnDelete,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from service_desk.tables.customer import Customer


class Asset(Table):
    id = BigSerial(primary_key=True)
    serial_number = Varchar(100)  # canonical: rules/repairs/serial_numbers.py
    product = Varchar(200)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    installed_on = Date(null=True, default=None)
    accepted_on = Date(null=True, default=None)  # null: 48 h after the installation
    warranty_months = SmallInt(null=True, default=None)  # null: as in the policy
    created_at = Timestamptz()

    asset_unique = Unique(["serial_number", "product"])
    asset_warranty_months_check = Check("warranty_months BETWEEN 1 AND 240")
