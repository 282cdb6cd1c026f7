"""Staff, their sessions and their API tokens."""

from piccolo.columns import (
    Array,
    BigInt,
    BigSerial,
    Boolean,
    ForeignKey,
    OnDelete,
    Secret,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from service_desk.principal import ROLES
from service_desk.rules.messages.vocabulary import NOTIFY_BY
from service_desk.rules.words.languages import LOCALES
from service_desk.tables.conditions import all_of, one_of


class Staff(Table):
    id = BigSerial(primary_key=True)
    email = Varchar(254, unique=True)
    name = Varchar(100)
    role = Varchar(20)
    phone = Varchar(20, null=True, default=None)  # E.164
    takes_calls = Boolean(default=False)  # of callers who ask for a person
    locale = Varchar(2, default="zh")
    password_hash = Secret(length=255)
    last_seen_alert = BigInt(default=0)  # id of the newest alert when they last looked
    notify_by = Array(base_column=Varchar(5))  # sms, email: what concerns them, besides the screen
    active = Boolean(default=True)
    created_at = Timestamptz()

    staff_locale_check = Check(one_of("locale", LOCALES))
    staff_notify_by_check = Check(all_of("notify_by", NOTIFY_BY))
    staff_role_check = Check(one_of("role", ROLES))


class StaffSession(Table):
    """A logged-in browser. Only a hash of the cookie is stored."""

    token_hash = Varchar(64, primary_key=True)
    staff = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False)
    created_at = Timestamptz()
    expires_at = Timestamptz(index=True)


class ApiToken(Table):
    """A bearer token for REST. Only its hash is stored."""

    token_hash = Varchar(64, primary_key=True)
    staff = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False, index=True)
    scopes = Array(base_column=Varchar(40))
    created_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)


class IdempotentRequest(Table):
    """A POST with an Idempotency-Key and its response, to repeat it."""

    key = Varchar(300, primary_key=True)
    request_hash = Varchar(64)
    status = Varchar(3, null=True, default=None)
    response = Varchar(length=None, null=True, default=None)
    created_at = Timestamptz(index=True)


class LastEdit(Table):
    """Who last changed what, to be named to somebody whose save was overtaken. `thing`: like
    `customer 7`; `field`: as its form calls it."""

    id = BigSerial(primary_key=True)
    thing = Varchar(100)
    field = Varchar(60)
    staff = ForeignKey(Staff, on_delete=OnDelete.set_null)
    at = Timestamptz()

    last_edit_unique = Unique(["thing", "field"])
