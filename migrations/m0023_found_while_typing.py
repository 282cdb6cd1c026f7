"""Indexes for customers found by what their number, address or name begins with, and for assets."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-21T22:03:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of beginnings of numbers, addresses and names; assets of a customer"

# The unique indexes are in the database's collation, in which a beginning is no range.
FORWARDS = """
CREATE INDEX customer_phone_prefix_index ON customer (phone text_pattern_ops)
    WHERE phone IS NOT NULL;
CREATE INDEX customer_email_prefix_index ON customer (email text_pattern_ops)
    WHERE email IS NOT NULL;
CREATE INDEX customer_name_prefix_index ON customer (lower(name) text_pattern_ops);
CREATE INDEX asset_customer_index ON asset (customer, id);
"""
BACKWARDS = """
DROP INDEX customer_phone_prefix_index, customer_email_prefix_index,
    customer_name_prefix_index, asset_customer_index;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    manager.add_raw_backwards(partial(_run, BACKWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
