"""What is late, as SQL: one definition for the queue, the dashboard and the bell.

The same as `rules.clock.state` says of each clock; a paused one is late if it was when it paused.
`$1` is now.
"""

OVERDUE = (
    "(clock.phase = 'running' AND clock.due_at < $1 "
    "OR clock.phase = 'paused' AND clock.anchor_at > clock.due_at)"
)
"""Not yet met, and its due time has passed: what "overdue" means in figures and filters."""

BREACHED = (
    f"({OVERDUE} OR clock.phase IN ('met', 'cancelled') "
    "AND coalesce(clock.met_at, clock.cancelled_at) > clock.due_at)"
)
"""The same, or it ended too late: what "breached" means in filters, as in the state of a clock."""
