from collections.abc import Sequence
from typing import get_args

import pytest

from service_desk.i18n.names import LABELS
from service_desk.principal import ROLES
from service_desk.rules.calendars.business_calendar import WEEKDAYS
from service_desk.rules.clocks.clock import ClockState
from service_desk.rules.customers.revisit_cadence import REVISIT_STATES, CallOutcome, RevisitKind
from service_desk.rules.figures.monthly_figures import AnalysisState
from service_desk.rules.messages.attachments import RejectionReason
from service_desk.rules.messages.vocabulary import (
    OUTBOX_CHANNELS,
    OUTBOX_STATES,
    TEST_EVENT,
    WEBHOOK_EVENTS,
)
from service_desk.rules.policies.policies import RECIPIENTS
from service_desk.rules.repairs.warranty import Remedy
from service_desk.rules.suppliers.actions import ACTION_STATES
from service_desk.rules.suppliers.ladder import RUNGS
from service_desk.rules.suppliers.ledger import EntryKind
from service_desk.rules.tickets.states import TICKET_STATES
from service_desk.rules.tickets.vocabulary import (
    CALL_STATUSES,
    CAUSES,
    CHANNELS,
    CLOCK_NAMES,
    COMPENSATION_STATES,
    IMPORT_STATES,
    KINDS,
    LONG_JOB_STATES,
    MENU_CHOICES,
    SEVERITIES,
)


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("state", TICKET_STATES),
        ("kind", KINDS),
        ("severity", SEVERITIES),
        ("cause", CAUSES),
        ("clock", CLOCK_NAMES),
        ("clock_state", get_args(ClockState)),
        ("channel", (*CHANNELS, *OUTBOX_CHANNELS)),
        ("delivery_state", OUTBOX_STATES),
        ("event", (*WEBHOOK_EVENTS, TEST_EVENT)),
        ("role", ROLES),
        ("recipient", RECIPIENTS),
        ("rung", RUNGS),
        ("action_state", ACTION_STATES),
        ("analysis_state", get_args(AnalysisState)),
        ("import_state", IMPORT_STATES),
        ("long_job_state", LONG_JOB_STATES),
        ("ledger_entry", get_args(EntryKind)),
        ("revisit_kind", get_args(RevisitKind)),
        ("revisit_state", REVISIT_STATES),
        ("outcome", get_args(CallOutcome)),
        ("attachment_rejection", get_args(RejectionReason)),
        ("compensation_state", COMPENSATION_STATES),
        ("remedy", get_args(Remedy)),
        ("call_choice", (*MENU_CHOICES, "none")),
        ("call_status", CALL_STATUSES),
        ("weekday", WEEKDAYS),
    ],
)
def test_every_code_has_a_name(group: str, codes: Sequence[str]) -> None:
    assert [code for code in codes if code not in LABELS[group]] == []
