"""Messages out (the outbox) and in (receipts of webhooks, calls)."""

from piccolo.columns import (
    Array,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    OnDelete,
    Secret,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from service_desk.rules.messages.vocabulary import (
    OUTBOX_CHANNELS,
    OUTBOX_STATES,
    PURPOSES,
    TEST_EVENT,
    WEBHOOK_EVENTS,
)
from service_desk.rules.tickets.vocabulary import CALL_STATUSES, MENU_CHOICES
from service_desk.rules.words.languages import LOCALES
from service_desk.tables.conditions import all_of, one_of
from service_desk.tables.staff import Staff
from service_desk.tables.ticket import Message, Ticket


class WebhookSubscription(Table):
    """A program that receives events by POST, signed with a secret of its own."""

    id = BigSerial(primary_key=True)
    url = Varchar(254)
    events = Array(base_column=Varchar(40))
    secret = Secret(length=80)
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    deleted_at = Timestamptz(null=True, default=None)

    webhook_subscription_events_check = Check(all_of("events", WEBHOOK_EVENTS))


class Outbox(Table):
    """One outgoing SMS, e-mail or webhook, written by the transaction that caused it."""

    id = BigSerial(primary_key=True)
    channel = Varchar(10)
    recipient = Varchar(254)
    subject = Varchar(200, default="")
    body = Text()
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict)
    message = ForeignKey(Message, on_delete=OnDelete.restrict)
    subscription = ForeignKey(WebhookSubscription, on_delete=OnDelete.restrict)  # webhooks only
    purpose = Varchar(30)  # of a webhook: its event
    state = Varchar(12, default="queued")
    attempts = SmallInt(default=0)
    next_attempt_at = Timestamptz(null=True)
    lease_until = Timestamptz(null=True, default=None)  # while a worker is sending it
    provider_id = Varchar(64, null=True, default=None, unique=True)
    error = Varchar(300, null=True, default=None)
    created_at = Timestamptz()
    sent_at = Timestamptz(null=True, default=None)
    counted = Boolean(default=False)  # as an answer to the customer: until it finally failed
    counts_once_sent = Boolean(default=False)  # such an answer, for which there was no gateway

    outbox_state_check = Check(one_of("state", OUTBOX_STATES))
    outbox_channel_check = Check(one_of("channel", OUTBOX_CHANNELS))
    outbox_purpose_check = Check(
        f"CASE WHEN channel = 'webhook' THEN {one_of('purpose', (*WEBHOOK_EVENTS, TEST_EVENT))} "
        f"ELSE {one_of('purpose', PURPOSES)} END"
    )


class SendThrottle(Table):
    """When the next message of a channel may leave, shared by all workers."""

    channel = Varchar(10, primary_key=True)
    available_at = Timestamptz()

    send_throttle_channel_check = Check(one_of("channel", OUTBOX_CHANNELS))


class TextVersion(Table):
    """An automatic text as edited by a supervisor. Append-only: the newest version counts."""

    id = BigSerial(primary_key=True)
    name = Varchar(60)
    locale = Varchar(2)
    version = Integer()
    body = Text(null=True, default=None)  # null: reset to the shipped text
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)

    text_version_locale_check = Check(one_of("locale", LOCALES))
    text_version_unique = Unique(["name", "locale", "version"])


class InboundReceipt(Table):
    """A webhook or form that was processed, with its response: a repetition gets the same one."""

    key = Varchar(120, primary_key=True)  # sms:MessageSid, call:CallSid:step, web:nonce:hash
    contact = Varchar(80, default="")  # phone, e-mail, handle or actor of who sent it
    body = Text(default="")  # the only place of a text that belongs to no ticket, such as STATUS
    response = Text()
    at = Timestamptz()


class PhoneCall(Table):
    """A call and how far the caller came, so that even hanging up early leaves a ticket."""

    id = BigSerial(primary_key=True)
    call_sid = Varchar(64, unique=True)
    caller = Varchar(20, null=True, default=None)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict)
    locale = Varchar(2)
    menu_choice = Varchar(20, null=True, default=None)
    recording_sid = Varchar(64, null=True, default=None, unique=True)
    recording_url = Varchar(500, null=True, default=None)
    transcription = Text(null=True, default=None)
    status = Varchar(20, default="in-progress")
    duration_seconds = Integer(null=True, default=None)
    entered_phone = Varchar(20, null=True, default=None)  # keyed in by a withheld caller
    confirmed_phone = Varchar(20, null=True, default=None)  # the same, read back and confirmed
    message_left = Boolean(default=False)
    answered_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    answered_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
    stale_at = Timestamptz(null=True, default=None)  # ended by the sweep then, unless more comes

    phone_call_locale_check = Check(one_of("locale", LOCALES))
    phone_call_menu_choice_check = Check(one_of("menu_choice", MENU_CHOICES))
    phone_call_status_check = Check(one_of("status", CALL_STATUSES))
