"""Extensions of phone numbers, WhatsApp's own spelling of a number, and pairs of customers who are
likely one; senders whose number the library did not know become customers with a number."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigSerial, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from service_desk.database import DB

ID = "2026-11-30T21:00:04:000000"
VERSION = "1.38.0"
DESCRIPTION = "Extensions, WhatsApp's spelling, pairs of customers"


class Customer(Table):
    id = BigSerial(primary_key=True)


class CustomerPair(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    other = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False, index=True)
    at = Timestamptz()

    customer_pair_unique = Unique(["customer", "other"])


COLUMNS = (
    ("Customer", "customer", "phone_extension", 10),
    ("Customer", "customer", "whatsapp_phone", 20),
    ("Supplier", "supplier", "phone_extension", 10),
)

# One spelling for each number, as rules/messages/number_spellings.py has it now. Whoever would then
# have the number of another customer keeps what they had. WhatsApp's own spelling comes again with
# the next message there, before which nobody may write to them.
NUMBERS_OF_HANDLES = r"""
UPDATE customer SET handle = NULL, phone = spelled.phone FROM (SELECT id AS customer, CASE WHEN handle ~ '^\+521[0-9]{10}$'
        THEN '+52' || substr(handle, 5) ELSE handle END AS phone
    FROM customer WHERE phone IS NULL AND handle ~ '^\+[0-9]{5,19}$') AS spelled
WHERE id = spelled.customer
    AND NOT EXISTS (SELECT FROM customer other WHERE other.phone = spelled.phone)
"""
NINTH_DIGIT = r"""
UPDATE customer SET phone = spelled.phone FROM (SELECT id AS customer, substr(phone, 1, 5) || '9' || substr(phone, 6) AS phone
    FROM customer WHERE phone ~ '^\+55[1-9][0-9][6-9][0-9]{7}$') AS spelled
WHERE id = spelled.customer
    AND NOT EXISTS (SELECT FROM customer other WHERE other.phone = spelled.phone)
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    for table, tablename, column, length in COLUMNS:
        manager.add_column(
            table,
            tablename,
            column,
            column_class=Varchar,
            params=Varchar(length, null=True, default=None)._meta.params,
        )
    manager.add_table("CustomerPair", "customer_pair")
    for column in CustomerPair._meta.columns:
        manager.add_column(
            "CustomerPair",
            "customer_pair",
            column._meta.name,
            column_class=type(column),
            params=column._meta.params,
        )
    manager.add_constraint(
        "CustomerPair",
        "customer_pair",
        "customer_pair_unique",
        constraint_class=Unique,
        params=CustomerPair.customer_pair_unique._meta.params,
    )
    manager.add_raw(_respell)
    manager.add_raw_backwards(_nothing)
    return manager


async def _respell() -> None:
    for statement in (NUMBERS_OF_HANDLES, NINTH_DIGIT):
        await DB.run_ddl(statement)


async def _nothing() -> None:
    """The numbers stay: both releases can write to them."""
