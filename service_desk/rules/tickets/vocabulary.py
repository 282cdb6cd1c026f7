"""The codes that describe a ticket, declared once for tables, REST, forms and pages.

Its states are in states.py, a customer's tier in rules/customers/tiering.py.
"""

from typing import Literal, get_args

MAX_SUBJECT_LENGTH = 200
MAX_OPTIONS = 4  # that a handling plan offers

Kind = Literal["complaint", "repair", "exchange_return", "enquiry"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Severity = Literal["safety", "high", "normal", "low"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Cause = Literal[
    "supplier_quality",
    "our_service",
    "logistics",
    "customer_misuse",
    "force_majeure",
    "unfounded",
    "unknown",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)

Channel = Literal["web", "sms", "call", "email", "api", "counter", "whatsapp"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

TargetClock = Literal["response", "handling", "resolution", "next_response", "referral"]
"""Clocks that a policy gives a target; a promise has the promised time."""
CLOCKS_WITH_TARGET: tuple[TargetClock, ...] = get_args(TargetClock)
ClockName = Literal[
    "response", "handling", "resolution", "next_response", "promise", "referral"
]  # fmt: skip
CLOCK_NAMES: tuple[ClockName, ...] = get_args(ClockName)

Visibility = Literal["public", "note"]
VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility)
Direction = Literal["in", "out"]
"""Of a message or contact: from the customer, or to them."""
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

MenuChoice = Literal["complaint", "repair", "progress", "person"]
"""What a caller chose in the menu of the phone line."""
MENU_CHOICES: tuple[MenuChoice, ...] = get_args(MenuChoice)
NotConnected = Literal["busy", "failed", "no-answer", "canceled"]
FinalCallStatus = Literal["completed", NotConnected]
CallStatus = Literal["in-progress", FinalCallStatus]
"""Of a phone call, as the carrier calls them."""
NOT_CONNECTED: tuple[NotConnected, ...] = get_args(NotConnected)
FINAL_CALL_STATUSES: tuple[FinalCallStatus, ...] = get_args(FinalCallStatus)
CALL_STATUSES: tuple[CallStatus, ...] = get_args(CallStatus)

MAX_COMPENSATION = 100_000_000  # minor units
CompensationState = Literal["proposed", "approved", "rejected"]
COMPENSATION_STATES: tuple[CompensationState, ...] = get_args(CompensationState)

ImportState = Literal["queued", "running", "done", "failed", "cancelled"]
"""Of a file of tickets that is imported."""
IMPORT_STATES: tuple[ImportState, ...] = get_args(ImportState)

LongJobKind = Literal["export", "preview"]
LongJobState = Literal["queued", "running", "done", "failed", "cancelled"]
"""Of work that a person waits for."""
LONG_JOB_KINDS: tuple[LongJobKind, ...] = get_args(LongJobKind)
LONG_JOB_STATES: tuple[LongJobState, ...] = get_args(LongJobState)
