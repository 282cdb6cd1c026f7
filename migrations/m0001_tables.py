"""The tables that a new desk starts with.

They are written as in service_desk/tables, which also says what each column means, but they stay
as they were at this start: a table that changes there gets a migration of its own. The indexes
and triggers that Piccolo's tables cannot express are in the next file.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
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

ID = "2026-11-30T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The tables"


class Staff(Table):
    id = BigSerial(primary_key=True)
    email = Varchar(254, unique=True)
    name = Varchar(100)
    role = Varchar(20)
    phone = Varchar(20, null=True, default=None)
    takes_calls = Boolean()
    locale = Varchar(2, default="zh")
    password_hash = Secret(255)
    last_seen_alert = BigInt()
    active = Boolean(default=True)
    created_at = Timestamptz()

    staff_locale_check = Check("locale IN ('en', 'zh')")
    staff_role_check = Check("role IN ('agent', 'supervisor', 'admin')")


class StaffSession(Table):
    token_hash = Varchar(64, primary_key=True)
    staff = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False)
    created_at = Timestamptz()
    expires_at = Timestamptz(index=True)


class ApiToken(Table):
    token_hash = Varchar(64, primary_key=True)
    staff = ForeignKey(Staff, on_delete=OnDelete.cascade, null=False, index=True)
    scopes = Array(Varchar(40))
    created_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)


class IdempotentRequest(Table):
    key = Varchar(300, primary_key=True)
    request_hash = Varchar(64)
    status = Varchar(3, null=True, default=None)
    response = Varchar(length=None, null=True, default=None)
    created_at = Timestamptz(index=True)


class Category(Table):
    id = BigSerial(primary_key=True)
    code = Varchar(60, unique=True)
    name_en = Varchar(100)
    name_zh = Varchar(100)
    parent = ForeignKey("self", on_delete=OnDelete.restrict)
    keywords = Array(Varchar(60))


class SafetyWord(Table):
    id = BigSerial(primary_key=True)
    word = Varchar(60, unique=True)
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)


class Customer(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(200)
    phone = Varchar(20, null=True, default=None, unique=True)
    email = Varchar(254, null=True, default=None, unique=True)
    handle = Varchar(80, null=True, default=None, unique=True)
    locale = Varchar(2)
    region = Varchar(100, null=True, default=None)
    tier = Varchar(1, default="C")
    tier_pinned = Boolean()
    spend_12m = BigInt()
    owner = ForeignKey(Staff, on_delete=OnDelete.set_null)
    opted_out_at = Timestamptz(null=True, default=None)
    opted_in_at = Timestamptz(null=True, default=None)
    last_contact_at = Timestamptz(null=True, default=None)
    last_whatsapp_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()

    customer_locale_check = Check("locale IN ('en', 'zh')")
    customer_tier_check = Check("tier IN ('A', 'B', 'C')")


class TierChange(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False, index=True)
    tier_before = Varchar(1)
    tier_after = Varchar(1)
    reason = JSONB()
    at = Timestamptz()

    tier_change_tier_after_check = Check("tier_after IN ('A', 'B', 'C')")
    tier_change_tier_before_check = Check("tier_before IN ('A', 'B', 'C')")


class TierReview(Table):
    month = Date(default=None, primary_key=True)
    customer_count = Integer()
    changed_count = Integer()
    at = Timestamptz()


class Revisit(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    kind = Varchar(20)
    ticket = BigInt(null=True, default=None)
    target_on = Date(null=True, default=None)
    due_on = Date(null=True, default=None)
    assignee = ForeignKey(Staff, on_delete=OnDelete.set_null)
    state = Varchar(20, default="planned")
    outcome = Varchar(20, null=True, default=None)
    attempts = SmallInt()
    note = Text()
    created_at = Timestamptz()
    done_at = Timestamptz(null=True, default=None)

    revisit_kind_check = Check("kind IN ('call', 'visit', 'after_resolution', 'agreed')")
    revisit_outcome_check = Check("outcome IN ('reached', 'no_answer', 'refused', 'moved')")
    revisit_state_check = Check("state IN ('planned', 'held', 'done', 'cancelled')")


class RevisitPlanning(Table):
    day = Date(default=None, primary_key=True)
    planned_count = Integer()
    at = Timestamptz()


class ContactLog(Table):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    staff = ForeignKey(Staff, on_delete=OnDelete.set_null)
    ticket = BigInt(null=True, default=None)
    revisit = ForeignKey(Revisit, on_delete=OnDelete.set_null)
    channel = Varchar(20)
    direction = Varchar(3)
    two_way = Boolean()
    note = Text()
    at = Timestamptz()

    contact_log_channel_check = Check("channel IN ('call', 'visit')")
    contact_log_direction_check = Check("direction IN ('in', 'out')")


class Asset(Table):
    id = BigSerial(primary_key=True)
    serial_number = Varchar(100)
    product = Varchar(200)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    installed_on = Date(null=True, default=None)
    accepted_on = Date(null=True, default=None)
    warranty_months = SmallInt(null=True, default=None)
    created_at = Timestamptz()

    asset_unique = Unique(["serial_number", "product"])
    asset_warranty_months_check = Check("warranty_months BETWEEN 1 AND 240")


class Supplier(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(200, unique=True)
    email = Varchar(254, null=True, default=None)
    phone = Varchar(20, null=True, default=None)
    locale = Varchar(2, default="zh")
    contact_name = Varchar(100)
    contract_started_on = Date(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)
    ladder_checked_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()

    supplier_locale_check = Check("locale IN ('en', 'zh')")


class SupplierAction(Table):
    id = BigSerial(primary_key=True)
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict, null=False)
    category = ForeignKey(Category, on_delete=OnDelete.restrict)
    month = Date(default=None)
    rung = Varchar(30)
    state = Varchar(20, default="proposed")
    offences = Integer()
    evidence = JSONB(default="[]")
    because = JSONB()
    flagged_at = Timestamptz(null=True, default=None)
    flagged_tickets = JSONB(default="[]")
    proposed_at = Timestamptz()
    decided_at = Timestamptz(null=True, default=None)
    decided_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    approved_at = Timestamptz(null=True, default=None)
    decision_note = Text()

    supplier_action_rung_check = Check(
        "rung IN ('verbal_warning', 'ultimatum', 'removal', 'complaint_fund', "
        "'late_referral', 'award')"
    )
    supplier_action_state_check = Check(
        "state IN ('proposed', 'approved', 'rejected', 'withdrawn', 'overturned')"
    )
    supplier_action_unique = Unique(["supplier", "category", "month", "rung"], nulls_distinct=False)


class DepositEntry(Table):
    id = BigSerial(primary_key=True)
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict, null=False)
    kind = Varchar(20)
    amount = BigInt()
    currency = Varchar(3, default="CNY")
    reason = Varchar(300)
    action = ForeignKey(SupplierAction, on_delete=OnDelete.restrict)
    reverses = ForeignKey("self", on_delete=OnDelete.restrict, unique=True)
    recorded_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    at = Timestamptz()

    deposit_entry_kind_check = Check(
        "kind IN ('deposit', 'forfeiture', 'complaint_fund', 'fine', 'recovery', 'debt', "
        "'reversal')"
    )


class PolicyVersion(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(60)
    version = Integer()
    position = Integer()
    body = JSONB()
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    retired_at = Timestamptz(null=True, default=None)

    policy_version_unique = Unique(["name", "version"])


class PolicyMove(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(60)
    swapped_with = Varchar(60)
    up = Boolean()
    moved_at = Timestamptz()
    moved_by = ForeignKey(Staff, on_delete=OnDelete.set_null)


class CalendarVersion(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(60)
    version = Integer()
    body = JSONB()
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    retired_at = Timestamptz(null=True, default=None)

    calendar_version_unique = Unique(["name", "version"])


class SlaRollout(Table):
    id = BigSerial(primary_key=True)
    requested_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    requested_at = Timestamptz()
    subject = JSONB()
    last_ticket = BigInt()
    changed = Integer()
    finished_at = Timestamptz(null=True, default=None)


class Ticket(Table):
    id = BigSerial(primary_key=True)
    number = Varchar(20, unique=True)
    token = Varchar(43, unique=True, secret=True)
    kind = Varchar(20)
    severity = Varchar(10, default="normal")
    state = Varchar(20, default="new")
    channel = Varchar(20)
    subject = Varchar(200)
    description = Text()
    locale = Varchar(2)
    customer = ForeignKey(Customer, on_delete=OnDelete.restrict, null=False)
    product = Varchar(200, null=True, default=None)
    serial_number = Varchar(100, null=True, default=None)
    category = ForeignKey(Category, on_delete=OnDelete.restrict)
    category_confirmed = Boolean()
    cause = Varchar(20, default="unknown")
    supplier = ForeignKey(Supplier, on_delete=OnDelete.restrict)
    assignee = ForeignKey(Staff, on_delete=OnDelete.set_null)
    external_id = Varchar(100, null=True, default=None)
    duplicate_of = ForeignKey("self", on_delete=OnDelete.set_null)
    linked_to = ForeignKey("self", on_delete=OnDelete.set_null)
    merged_into = ForeignKey("self", on_delete=OnDelete.restrict)
    received_at = Timestamptz()
    resolved_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    reopen_count = SmallInt()
    resolution = Text()
    last_message_at = Timestamptz()
    callback_requested_at = Timestamptz(null=True, default=None)
    rank_at = Timestamptz(null=True, default=None)
    rank_because = JSONB(default="[]")
    earlier_complaints = SmallInt()

    ticket_cause_check = Check(
        "cause IN ('supplier_quality', 'our_service', 'logistics', 'customer_misuse', "
        "'force_majeure', 'unfounded', 'unknown')"
    )
    ticket_channel_check = Check(
        "channel IN ('web', 'sms', 'call', 'email', 'api', 'counter', 'whatsapp')"
    )
    ticket_kind_check = Check("kind IN ('complaint', 'repair', 'exchange_return', 'enquiry')")
    ticket_locale_check = Check("locale IN ('en', 'zh')")
    ticket_severity_check = Check("severity IN ('safety', 'high', 'normal', 'low')")
    ticket_state_check = Check(
        "state IN ('new', 'open', 'waiting_customer', 'waiting_supplier', 'waiting_parts', "
        "'resolved', 'closed')"
    )


class TicketEvent(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    type = Varchar(40)
    at = Timestamptz()
    recorded_at = Timestamptz()
    actor = Varchar(40)
    data = JSONB()

    ticket_event_type_check = Check(
        "type IN ('call.ended', 'call.logged', 'callback.requested', 'clock.breached', "
        "'clock.cancelled', 'clock.due_moved', 'clock.level_reached', 'clock.met', "
        "'clock.paused', 'clock.resumed', 'clock.started', 'compensation.approved', "
        "'compensation.proposed', 'compensation.rejected', 'due.set', "
        "'message.marked_as_sent', 'message.moved', 'message.no_reply_needed', "
        "'message.received', 'message.resent', 'message.sent', 'note.added', 'plan.recorded', "
        "'promise.made', 'rating.given', 'referral.answered', 'severity.raised', "
        "'sla.policy_applied', 'staff.notified', 'ticket.absorbed', 'ticket.assigned', "
        "'ticket.classified', 'ticket.closed', 'ticket.linked', 'ticket.merged', "
        "'ticket.opened', 'ticket.referred', 'ticket.reopened', 'ticket.resolved', "
        "'ticket.resumed', 'ticket.waiting')"
    )


class Message(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    direction = Varchar(3)
    visibility = Varchar(6, default="public")
    channel = Varchar(20, null=True, default=None)
    author = ForeignKey(Staff, on_delete=OnDelete.set_null)
    automatic = Boolean()
    body = Text()
    provider_id = Varchar(64, null=True, default=None, unique=True)
    at = Timestamptz()

    message_channel_check = Check(
        "channel IN ('web', 'sms', 'call', 'email', 'api', 'counter', 'whatsapp')"
    )
    message_direction_check = Check("direction IN ('in', 'out')")
    message_visibility_check = Check("visibility IN ('public', 'note')")


class Attachment(Table):
    id = BigSerial(primary_key=True)
    message = ForeignKey(Message, on_delete=OnDelete.restrict, null=False, index=True)
    name = Varchar(120)
    declared_type = Varchar(100)
    media_type = Varchar(40, null=True, default=None)
    size = Integer(null=True, default=None)
    sha256 = Varchar(64, null=True, default=None)
    storage_key = Varchar(80, null=True, default=None, unique=True)
    source_url = Varchar(2000, null=True, default=None)
    state = Varchar(8)
    reason = Varchar(20, null=True, default=None)
    thumbnail = Varchar(10, default="none")
    attempts = SmallInt()
    next_attempt_at = Timestamptz(null=True, default=None)
    received_at = Timestamptz()
    processed_at = Timestamptz(null=True, default=None)

    attachment_reason_check = Check(
        "reason IN ('too_large', 'too_many', 'forbidden_type', 'type_mismatch', 'empty', "
        "'untrusted_host', 'gone', 'unreachable', 'storage_failed')"
    )
    attachment_rejected_check = Check("(state = 'rejected') = (reason IS NOT NULL)")
    attachment_state_check = Check("state IN ('pending', 'stored', 'rejected')")
    attachment_stored_check = Check(
        "state <> 'stored' OR (media_type IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT "
        "NULL AND storage_key IS NOT NULL)"
    )
    attachment_thumbnail_check = Check("thumbnail IN ('none', 'pending', 'ready', 'failed')")


class SlaClock(Table, tablename="clock"):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    name = Varchar(20)
    ordinal = SmallInt(default=1)
    phase = Varchar(10)
    started_at = Timestamptz()
    due_at = Timestamptz()
    met_at = Timestamptz(null=True, default=None)
    paused_at = Timestamptz(null=True, default=None)
    anchor_at = Timestamptz()
    anchor_elapsed = Integer()
    paused_seconds = Integer()
    target_seconds = Integer()
    due_set_manually = Boolean()
    policy_version = ForeignKey(PolicyVersion, on_delete=OnDelete.restrict, null=False)
    calendar_version = ForeignKey(CalendarVersion, on_delete=OnDelete.restrict)
    cancelled_at = Timestamptz(null=True, default=None)
    level_reached = SmallInt()
    next_level = SmallInt(null=True, default=None)
    next_level_at = Timestamptz(null=True, default=None)

    clock_name_check = Check(
        "name IN ('response', 'handling', 'resolution', 'next_response', 'promise', 'referral')"
    )
    clock_phase_check = Check("phase IN ('running', 'paused', 'met', 'cancelled')")
    clock_unique = Unique(["ticket", "name", "ordinal"])


class StaffAlert(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False, index=True)
    clock = ForeignKey(SlaClock, on_delete=OnDelete.restrict, null=False)
    percent = SmallInt()
    recipients = Array(Varchar(20))
    at = Timestamptz()
    notify_after = Timestamptz()
    notified_staff = JSONB(default="[]")
    notified_at = Timestamptz(null=True, default=None)

    staff_alert_recipients_check = Check(
        "recipients <@ ARRAY['in_app', 'assignee', 'supervisor', 'admin']::varchar[]"
    )
    staff_alert_unique = Unique(["clock", "percent"])


class Rating(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False, unique=True)
    requested_at = Timestamptz()
    score = SmallInt(null=True, default=None)
    rated_at = Timestamptz(null=True, default=None)

    rating_score_check = Check("score BETWEEN 1 AND 5")


class WebhookSubscription(Table):
    id = BigSerial(primary_key=True)
    url = Varchar(254)
    events = Array(Varchar(40))
    secret = Secret(80)
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    deleted_at = Timestamptz(null=True, default=None)

    webhook_subscription_events_check = Check(
        "events <@ ARRAY['ticket.opened', 'ticket.assigned', 'ticket.resolved', "
        "'ticket.closed', 'ticket.reopened', 'ticket.merged', 'message.received', "
        "'message.sent', 'clock.breached', 'rating.given']::varchar[]"
    )


class Outbox(Table):
    id = BigSerial(primary_key=True)
    channel = Varchar(10)
    recipient = Varchar(254)
    subject = Varchar(200)
    body = Text()
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict)
    message = ForeignKey(Message, on_delete=OnDelete.restrict)
    subscription = ForeignKey(WebhookSubscription, on_delete=OnDelete.restrict)
    purpose = Varchar(30)
    state = Varchar(12, default="queued")
    attempts = SmallInt()
    next_attempt_at = Timestamptz(null=True)
    lease_until = Timestamptz(null=True, default=None)
    provider_id = Varchar(64, null=True, default=None, unique=True)
    error = Varchar(300, null=True, default=None)
    created_at = Timestamptz()
    sent_at = Timestamptz(null=True, default=None)

    outbox_channel_check = Check("channel IN ('sms', 'email', 'whatsapp', 'webhook')")
    outbox_purpose_check = Check(
        "CASE WHEN channel = 'webhook' THEN purpose IN ('ticket.opened', 'ticket.assigned', "
        "'ticket.resolved', 'ticket.closed', 'ticket.reopened', 'ticket.merged', "
        "'message.received', 'message.sent', 'clock.breached', 'rating.given', "
        "'webhook.test') ELSE purpose IN ('acknowledgement', 'reply', 'auto_reply', "
        "'rating_request', 'low_rating', 'alert_digest', 'supplier_notice') END"
    )
    outbox_state_check = Check(
        "state IN ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', "
        "'unknown', 'suppressed')"
    )


class SendThrottle(Table):
    channel = Varchar(10, primary_key=True)
    available_at = Timestamptz()

    send_throttle_channel_check = Check("channel IN ('sms', 'email', 'whatsapp', 'webhook')")


class TextVersion(Table):
    id = BigSerial(primary_key=True)
    name = Varchar(60)
    locale = Varchar(2)
    version = Integer()
    body = Text(null=True, default=None)
    created_at = Timestamptz()
    created_by = ForeignKey(Staff, on_delete=OnDelete.set_null)

    text_version_locale_check = Check("locale IN ('en', 'zh')")
    text_version_unique = Unique(["name", "locale", "version"])


class InboundReceipt(Table):
    key = Varchar(120, primary_key=True)
    contact = Varchar(80)
    body = Text()
    response = Text()
    at = Timestamptz()


class PhoneCall(Table):
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
    entered_phone = Varchar(20, null=True, default=None)
    confirmed_phone = Varchar(20, null=True, default=None)
    message_left = Boolean()
    answered_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    answered_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
    stale_at = Timestamptz(null=True, default=None)

    phone_call_locale_check = Check("locale IN ('en', 'zh')")
    phone_call_menu_choice_check = Check(
        "menu_choice IN ('complaint', 'repair', 'progress', 'person')"
    )
    phone_call_status_check = Check(
        "status IN ('in-progress', 'completed', 'busy', 'failed', 'no-answer', 'canceled')"
    )


class Compensation(Table):
    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False, index=True)
    amount = BigInt()
    currency = Varchar(3, default="CNY")
    reason = Varchar(500)
    state = Varchar(10, default="proposed")
    proposed_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    proposed_at = Timestamptz()
    decided_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    decided_at = Timestamptz(null=True, default=None)
    recovered_from = ForeignKey(Supplier, on_delete=OnDelete.restrict)

    compensation_amount_check = Check("amount > 0")
    compensation_state_check = Check("state IN ('proposed', 'approved', 'rejected')")


class MonthlyAnalysis(Table):
    id = BigSerial(primary_key=True)
    month = Date(default=None, unique=True)
    state = Varchar(10, default="draft")
    as_of = Timestamptz()
    countermeasures = JSONB(default="{}")
    drafted_at = Timestamptz()
    submitted_at = Timestamptz(null=True, default=None)
    submitted_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    signed_at = Timestamptz(null=True, default=None)
    signed_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    figures = JSONB(null=True, default=None)

    monthly_analysis_state_check = Check("state IN ('draft', 'submitted', 'signed')")


class ImportRun(Table):
    id = BigSerial(primary_key=True)
    filename = Varchar(255)
    mapping = JSONB()
    state = Varchar(10, default="running")
    rows_seen = Integer()
    rows_taken = Integer()
    rows_rejected = Integer()
    started_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    started_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)
    cancelled_by = ForeignKey(Staff, on_delete=OnDelete.set_null)
    content = Bytea(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    attempts = SmallInt()
    last_line = Integer()
    error = Text(null=True, default=None)

    import_run_state_check = Check("state IN ('queued', 'running', 'done', 'failed', 'cancelled')")


class ImportedTicket(Table):
    id = BigSerial(primary_key=True)
    source = Varchar(60)
    external_id = Varchar(100)
    ticket = ForeignKey(Ticket, on_delete=OnDelete.restrict, null=False)
    run = ForeignKey(ImportRun, on_delete=OnDelete.restrict, null=False)
    line = Integer()

    imported_ticket_unique = Unique(["source", "external_id"])


class ImportRejection(Table):
    id = BigSerial(primary_key=True)
    run = ForeignKey(ImportRun, on_delete=OnDelete.cascade, null=False)
    line = Integer()
    column = Varchar(100, null=True, default=None)
    reason = Text()


class DemoClock(Table):
    id = BigSerial(primary_key=True)
    offset_seconds = Integer()


TABLES: tuple[type[Table], ...] = (
    Staff,
    StaffSession,
    ApiToken,
    IdempotentRequest,
    Category,
    SafetyWord,
    Customer,
    TierChange,
    TierReview,
    Revisit,
    RevisitPlanning,
    ContactLog,
    Asset,
    Supplier,
    SupplierAction,
    DepositEntry,
    PolicyVersion,
    PolicyMove,
    CalendarVersion,
    SlaRollout,
    Ticket,
    TicketEvent,
    Message,
    Attachment,
    SlaClock,
    StaffAlert,
    Rating,
    WebhookSubscription,
    Outbox,
    SendThrottle,
    TextVersion,
    InboundReceipt,
    PhoneCall,
    Compensation,
    MonthlyAnalysis,
    ImportRun,
    ImportedTicket,
    ImportRejection,
    DemoClock,
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    for table in TABLES:
        _add(manager, table)
    return manager


def _add(manager: MigrationManager, table: type[Table]) -> None:
    name, tablename = table.__name__, table._meta.tablename
    manager.add_table(name, tablename)
    for column in table._meta.columns:
        manager.add_column(
            name,
            tablename,
            column._meta.name,
            column_class=type(column),
            params=column._meta.params,
        )
    for constraint in table._meta.constraints:
        manager.add_constraint(
            name,
            tablename,
            constraint._meta.name,
            constraint_class=type(constraint),
            params=constraint._meta.params,
        )
