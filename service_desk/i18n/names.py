"""The names of codes: `{{ ticket.state|name_of("state") }}`."""

from service_desk.errors import StateCode
from service_desk.i18n.translate import N_, translate
from service_desk.rules.words.languages import Locale

LABELS: dict[str, dict[str, str]] = {
    "state": {
        "new": N_("New"),
        "open": N_("In progress"),
        "waiting_customer": N_("Waiting for customer"),
        "waiting_supplier": N_("Waiting for supplier"),
        "waiting_parts": N_("Waiting for parts"),
        "resolved": N_("Resolved"),
        "closed": N_("Closed"),
    },
    "kind": {
        "complaint": N_("Complaint"),
        "repair": N_("Repair"),
        "exchange_return": N_("Exchange or return"),
        "enquiry": N_("Enquiry"),
    },
    "severity": {
        "safety": N_("Safety"),
        "high": N_("High"),
        "normal": N_("Normal"),
        "low": N_("Low"),
    },
    "cause": {
        "supplier_quality": N_("Supplier's quality"),
        "our_service": N_("Our service"),
        "logistics": N_("Logistics"),
        "customer_misuse": N_("Customer's misuse"),
        "force_majeure": N_("Force majeure"),
        "unfounded": N_("Unfounded"),
        "unknown": N_("Not known yet"),
    },
    "clock": {
        "response": N_("Response"),
        "handling": N_("Handling"),
        "resolution": N_("Resolution"),
        "next_response": N_("Next response"),
        "promise": N_("Promise"),
        "referral": N_("Referral"),
    },
    "clock_state": {
        "running": N_("Running"),
        "paused": N_("Paused"),
        "met": N_("Met"),
        "breached": N_("Breached"),
        "cancelled": N_("Cancelled"),
    },
    "policy": {  # those that we ship; a desk's own are called as its supervisors called them
        "safety": N_("safety"),
        "counter exchange/return": N_("counter exchange/return"),
        "standard": N_("standard"),
    },
    "channel": {
        "web": N_("Web form"),
        "sms": N_("SMS"),
        "email": N_("E-mail"),
        "call": N_("Phone"),
        "api": N_("API"),
        "counter": N_("Counter"),
        "visit": N_("Site visit"),
        "webhook": N_("Webhook"),
        "whatsapp": N_("WhatsApp"),
    },
    "delivery_state": {
        "queued": N_("Queued"),
        "sending": N_("Sending"),
        "sent": N_("Sent"),
        "delivered": N_("Delivered"),
        "undelivered": N_("Not delivered"),
        "failed": N_("Failed"),
        "unknown": N_("Outcome unknown"),
        "suppressed": N_("Not sent: opted out"),
    },
    "event": {
        "ticket.opened": N_("Ticket opened"),
        "ticket.assigned": N_("Ticket assigned"),
        "ticket.resolved": N_("Ticket resolved"),
        "ticket.closed": N_("Ticket closed"),
        "ticket.reopened": N_("Ticket reopened"),
        "ticket.merged": N_("Ticket merged"),
        "message.received": N_("Customer message received"),
        "message.sent": N_("Message sent to customer"),
        "clock.breached": N_("Clock breached"),
        "rating.given": N_("Rating given"),
        "webhook.test": N_("Test"),
    },
    "role": {
        "agent": N_("Agent"),
        "supervisor": N_("Supervisor"),
        "admin": N_("Administrator"),
    },
    "recipient": {  # of an alert
        "in_app": N_("In the app"),
        "assignee": N_("Assignee"),
        "supervisor": N_("Supervisor"),
        "admin": N_("Administrator"),
    },
    "rung": {
        "verbal_warning": N_("Verbal warning"),
        "ultimatum": N_("Ultimatum"),
        "removal": N_("Removal"),
        "complaint_fund": N_("Complaint fund"),
        "late_referral": N_("Late referral"),
        "award": N_("Award: no complaints all year"),
    },
    "action_state": {
        "proposed": N_("Proposed"),
        "approved": N_("Approved"),
        "rejected": N_("Rejected"),
        "withdrawn": N_("Withdrawn"),
        "overturned": N_("Overturned"),
    },
    "analysis_state": {
        "not_drafted": N_("Not drafted"),
        "draft": N_("Draft"),
        "submitted": N_("Submitted"),
        "signed": N_("Signed"),
    },
    "import_state": {
        "queued": N_("Waiting to start"),
        "running": N_("Importing"),
        "done": N_("Done"),
        "failed": N_("Ended by an error"),
        "cancelled": N_("Cancelled"),
    },
    "ledger_entry": {
        "deposit": N_("Paid in"),
        "forfeiture": N_("Forfeited"),
        "complaint_fund": N_("Complaint fund"),
        "fine": N_("Fine"),
        "recovery": N_("Compensation recovered"),
        "debt": N_("Debt"),
        "reversal": N_("Reversal"),
    },
    "revisit_kind": {
        "call": N_("Call"),
        "visit": N_("Site visit"),
        "after_resolution": N_("After a complaint"),
        "agreed": N_("Agreed day"),
    },
    "revisit_state": {
        "planned": N_("Planned"),
        "held": N_("Held"),
        "done": N_("Done"),
        "cancelled": N_("Cancelled"),
    },
    "outcome": {
        "reached": N_("Reached"),
        "no_answer": N_("No answer"),
        "refused": N_("Refused"),
        "moved": N_("Moved away"),
    },
    "attachment_rejection": {
        "too_large": N_("Not accepted: larger than 10 MB."),
        "too_many": N_(
            "Not accepted: at most 5 files at a time. Send the rest in another message."
        ),
        "forbidden_type": N_(
            "Not accepted: only photos, PDF, plain text, and audio and video from phones."
        ),
        "type_mismatch": N_("Not accepted: its content does not match its name or type."),
        "empty": N_("Not accepted: the file is empty."),
        "untrusted_host": N_("Not fetched: its address is not the carrier's."),
        "gone": N_("Not fetched: the carrier no longer has it."),
        "unreachable": N_(
            "Not fetched: the carrier could not be reached. Ask the customer to send it again."
        ),
        "storage_failed": N_("Not stored because of an error on our side. Please send it again."),
    },
    "compensation_state": {
        "proposed": N_("Proposed"),
        "approved": N_("Approved"),
        "rejected": N_("Rejected"),
    },
    "referral_state": {
        "answered": N_("answered"),
    },
    "remedy": {
        "refund": N_("refund"),
        "exchange": N_("exchange"),
        "repair": N_("repair"),
    },
    "call_choice": {
        "complaint": N_("Complaint"),
        "repair": N_("Repair"),
        "progress": N_("Progress of a ticket"),
        "person": N_("A person"),
        "none": N_("Nothing chosen"),
    },
    "call_status": {
        "in-progress": N_("Call in progress"),
        "completed": N_("Ended"),
        "busy": N_("Busy"),
        "failed": N_("Failed"),
        "no-answer": N_("Not answered"),
        "canceled": N_("Abandoned"),
    },
    "field_label": {  # what the forms of a ticket call its fields
        "diagnosis": N_("What is wrong"),
        "plan": N_("What will be done"),
        "options": N_("Options for the customer, and the one chosen"),
        "question": N_("Question"),
        "resolution": N_("How it was resolved"),
        "reason": N_("Reason"),
    },
    "edited_field": {  # what forms call their fields, where somebody else changed one
        "severity": N_("Severity"),
        "kind": N_("Kind"),
        "category": N_("Category"),
        "cause": N_("Cause"),
        "supplier": N_("Supplier"),
        "subject": N_("Subject"),
        "product": N_("Product"),
        "serial_number": N_("Serial number"),
        "customer": N_("Customer"),
        "assignee": N_("Assignee"),
        "state": N_("State"),
        "diagnosis": N_("What is wrong"),
        "plan": N_("What will be done"),
        "owner": N_("By whom"),
        "chosen": N_("the option chosen"),
        "options": N_("the options for the customer"),
        "promise": N_("Promise"),
        "due": N_("Due"),
        "compensation": N_("Compensation"),
        "referral": N_("Referral"),
        "merge": N_("Merged into"),
        "link": N_("Linked with"),
        "name": N_("Name"),
        "phone": N_("Phone"),
        "email": N_("E-mail"),
        "locale": N_("Language"),
        "region": N_("Region"),
        "tier": N_("Tier"),
        "spend": N_("Spend, last 12 months"),
        "contact_name": N_("Contact person"),
        "contract_started_on": N_("Contract since"),
        "installed_on": N_("Installed on"),
        "accepted_on": N_("Accepted on"),
        "warranty_months": N_("Months of warranty"),
        "role": N_("Role"),
        "what": N_("What"),
        "who": N_("Who"),
        "by": N_("By when"),
        "outcome": N_("Follow-up"),
        "text": N_("Text"),
        "subscription": N_("Subscription"),
    },
    "weekday": {
        "mon": N_("Monday"),
        "tue": N_("Tuesday"),
        "wed": N_("Wednesday"),
        "thu": N_("Thursday"),
        "fri": N_("Friday"),
        "sat": N_("Saturday"),
        "sun": N_("Sunday"),
    },
}
LABELS["long_job_state"] = LABELS["import_state"] | {"running": N_("In progress")}


def name_of(code: str | None, group: str, locale: Locale) -> str:
    """The name of a code; an unknown code as it is, None as a dash."""
    if code is None:
        return "–"
    name = LABELS[group].get(code)
    return code if name is None else translate(name, locale)


def options_of(group: str, locale: Locale, codes: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(code, name) pairs for a choice, in the order of `codes`, else of the table above."""
    return [(code, name_of(code, group, locale)) for code in codes or LABELS[group]]


# The group of an error's parameter, where it is not called like its group.
_GROUP_BY_PARAM = {
    **dict.fromkeys(("wanted", "allowed", "state_before"), "state"),
    "own": "role",
    "needed": "action_state",
}


def value_label(value: object, name: str, locale: Locale) -> str:
    """A value of an error or event for people: codes, also a list of them, by their names."""
    group = value.group if isinstance(value, StateCode) else _GROUP_BY_PARAM.get(name, name)
    if group not in LABELS:
        return str(value)
    if group == "policy":  # a policy's own name may contain a comma
        return name_of(str(value), group, locale)
    names = [name_of(code, group, locale) for code in str(value).split(", ")]
    return translate(N_(", "), locale).join(names)
