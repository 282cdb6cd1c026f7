"""Overdue and breached clocks, as SQL: one definition for the queue, the dashboard and the bell.

It agrees with `rules.clocks.clock.state`; a paused clock is overdue if it was when it paused. `$1`
is now.
"""

OVERDUE = (
    "(clock.phase = 'running' AND clock.due_at < $1 "
    "OR clock.phase = 'paused' AND clock.anchor_at > clock.due_at)"
)
"""Past its due time and not met: what "overdue" means in figures and filters."""

BREACHED = (
    f"({OVERDUE} OR clock.phase IN ('met', 'cancelled') "
    "AND coalesce(clock.met_at, clock.cancelled_at) > clock.due_at)"
)
"""Overdue, or ended after its due time: "breached" in filters and in the state of a clock."""
