"""What edits of policies and calendars have in common."""

from tests.factories import By


class Edit(By):
    """Who makes an edit, when, and for which tickets: `save_policy(policy, **edit)`."""

    apply_to_open: bool


def applied_to_open(edit: Edit) -> Edit:
    """The same for open tickets, too."""
    return {**edit, "apply_to_open": True}
