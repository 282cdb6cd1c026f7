"""Whom an alert concerns, as SQL over `staff_alert a`, its `ticket t` and `staff`."""

_ROLES = "string_to_array(a.roles, ',')"

MESSAGE_RECIPIENTS = (
    f"(staff.role = ANY({_ROLES}) OR 'assignee' = ANY({_ROLES}) AND staff.id = t.assignee)"
)
"""Who is to have a message."""

IN_APP_RECIPIENTS = (
    f"({MESSAGE_RECIPIENTS} OR 'in_app' = ANY({_ROLES}) AND staff.id = t.assignee OR t.assignee IS NULL "
    f"AND {_ROLES} && '{{in_app,assignee}}' AND staff.role IN ('supervisor', 'admin'))"
)
"""Whose bell rings: the same, and the assignee for what is told in the app; what is the assignee's
while there is none is for supervisors to see."""
