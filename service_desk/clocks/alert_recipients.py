"""Who receives an alert, as SQL over `staff_alert a`, its `ticket t` and `staff`."""

from service_desk.principal import SUPERVISOR_ROLES
from service_desk.tables.conditions import one_of

MESSAGE_RECIPIENTS = (
    "(staff.role = ANY(a.recipients) OR 'assignee' = ANY(a.recipients) AND staff.id = t.assignee)"
)
"""Who is sent a message."""

IN_APP_RECIPIENTS = (
    f"({MESSAGE_RECIPIENTS} OR 'in_app' = ANY(a.recipients) AND staff.id = t.assignee "
    f"OR t.assignee IS NULL AND a.recipients && '{{in_app,assignee}}' "
    f"AND staff.{one_of('role', SUPERVISOR_ROLES)})"
)
"""Who sees the alert on the bell: the same people, and the assignee for in-app levels. What is for
the assignee goes to supervisors and administrators while the ticket has none."""
