"""Who receives an alert, as SQL over `staff_alert a`, its `ticket t` and `staff`."""

_ROLES = "string_to_array(a.roles, ',')"

MESSAGE_RECIPIENTS = (
    f"(staff.role = ANY({_ROLES}) OR 'assignee' = ANY({_ROLES}) AND staff.id = t.assignee)"
)
"""Who is sent a message."""

IN_APP_RECIPIENTS = (
    f"({MESSAGE_RECIPIENTS} OR 'in_app' = ANY({_ROLES}) AND staff.id = t.assignee "
    f"OR t.assignee IS NULL AND {_ROLES} && '{{in_app,assignee}}' "
    "AND staff.role IN ('supervisor', 'admin'))"
)
"""Who sees the alert on the bell: the same people, and the assignee for in-app levels. What is for
the assignee goes to supervisors and administrators while the ticket has none."""
