"""One row per ticket as a table in the reader's language."""

from service_desk.i18n.translate import N_
from service_desk.reports.documents.tables import Cell, Column, Translator
from service_desk.reports.figures.clocks import CLOCK_ORDER
from service_desk.reports.figures.schemas import TicketRow

TIME_USED = N_("time used")
SECONDS_USED = N_("time used, seconds")


def ticket_columns(words: Translator, used: str = TIME_USED) -> list[Column]:
    """`used`: what durations are headed, with their unit if the cells do not show it."""
    used = words(used)
    return [
        Column(words(N_("Ticket")), width=10),
        Column(words(N_("Received")), "time", 17),
        Column(words(N_("Resolved at")), "time", 17),
        Column(words(N_("State"))),
        Column(words(N_("Kind"))),
        Column(words(N_("Severity")), width=10),
        Column(words(N_("Channel")), width=10),
        Column(words(N_("Subject")), width=50),
        Column(words(N_("Customer")), width=18),
        Column(words(N_("Tier")), width=6),
        Column(words(N_("Region"))),
        Column(words(N_("Product")), width=24),
        Column(words(N_("Serial number"))),
        Column(words(N_("Category")), width=22),
        Column(words(N_("Cause")), width=18),
        Column(words(N_("Supplier")), width=24),
        Column(words(N_("Assignee"))),
        Column(words(N_("Reopened")), "number", 10),
        Column(words(N_("Rating")), "number", 8),
        *(
            column
            for clock in CLOCK_ORDER
            for column in (
                Column(words.name(clock, "clock"), width=10),
                Column(f"{words.name(clock, 'clock')} ({used})", "duration", 16),
            )
        ),
    ]


def ticket_cells(row: TicketRow, words: Translator) -> list[Cell]:
    cells: list[Cell] = [
        row.number,
        row.received_at,
        row.resolved_at,
        words.name(row.state, "state"),
        words.name(row.kind, "kind"),
        words.name(row.severity, "severity"),
        words.name(row.channel, "channel"),
        row.subject,
        row.customer,
        row.tier,
        row.region,
        row.product,
        row.serial_number,
        words.own(row.category_en, row.category_zh) if row.category else None,
        words.name(row.cause, "cause"),
        row.supplier,
        row.assignee,
        row.reopened,
        row.rating,
    ]
    for clock in CLOCK_ORDER:
        outcome = row.clocks.get(clock)
        cells.append(words.name(outcome.state, "clock_state") if outcome else None)
        cells.append(outcome.seconds if outcome else None)
    return cells
