"""Whom an alert concerns, as SQL over `staff_alert a`, its `ticket t` and `staff`."""

_ROLES = "string_to_array(a.roles, ',')"

WRITTEN_TO = f"(staff.role = ANY({_ROLES}) OR 'assignee' = ANY({_ROLES}) AND staff.id = t.assignee)"
"""Who is to have a message."""
