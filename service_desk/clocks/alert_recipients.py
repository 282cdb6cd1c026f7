"""Who receives an alert, as SQL over `staff_alert a`, its `ticket t`, its `clock` and `staff`."""

from service_desk.principal import SUPERVISOR_ROLES
from service_desk.tables.conditions import one_of

_IS_REFERRED = f"""coalesce(staff.id = (
    SELECT (e.data ->> 'to')::bigint FROM ticket_event e
    WHERE e.ticket = a.ticket AND e.type = 'ticket.referred' ORDER BY e.id DESC LIMIT 1),
    staff.{one_of("role", SUPERVISOR_ROLES)})"""

_IS_RESPONSIBLE = f"""CASE WHEN clock.name = 'referral' THEN {_IS_REFERRED}
    ELSE t.assignee IS NULL OR staff.id = t.assignee END"""
"""Whom a level for the assignee is for. A ticket that nobody has warns its team: until there are
teams and shifts, everybody. A referral warns whom it was referred to, or all supervisors."""

MESSAGE_RECIPIENTS = (
    f"(staff.role = ANY(a.recipients) OR 'assignee' = ANY(a.recipients) AND {_IS_RESPONSIBLE})"
)
"""Who is sent a message."""

IN_APP_RECIPIENTS = (
    f"(staff.role = ANY(a.recipients) "
    f"OR a.recipients && '{{in_app,assignee}}' AND {_IS_RESPONSIBLE})"
)
"""Who sees the alert on the bell, and is notified: the same people, and those of in-app levels."""
