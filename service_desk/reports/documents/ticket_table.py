"""One row per ticket as a table in the reader's language."""

from service_desk.i18n.translate import N_
from service_desk.reports.documents.tables import Cell, ReportColumn, Translator
from service_desk.reports.figures.schemas import TicketRow
from service_desk.rules.tickets.vocabulary import CLOCK_NAMES

TIME_USED = N_("time used")
SECONDS_USED = N_("time used, seconds")


def ticket_columns(translate: Translator, used: str = TIME_USED) -> list[ReportColumn]:
    """`used`: heading of durations, with the unit if the cells do not show it."""
    used = translate(used)
    return [
        ReportColumn(translate(N_("Ticket")), width=10),
        ReportColumn(translate(N_("Received")), "time", 17),
        ReportColumn(translate(N_("Resolved at")), "time", 17),
        ReportColumn(translate(N_("State"))),
        ReportColumn(translate(N_("Kind"))),
        ReportColumn(translate(N_("Severity")), width=10),
        ReportColumn(translate(N_("Channel")), width=10),
        ReportColumn(translate(N_("Subject")), width=50),
        ReportColumn(translate(N_("Customer")), width=18),
        ReportColumn(translate(N_("Tier")), width=6),
        ReportColumn(translate(N_("Region"))),
        ReportColumn(translate(N_("Product")), width=24),
        ReportColumn(translate(N_("Serial number"))),
        ReportColumn(translate(N_("Category")), width=22),
        ReportColumn(translate(N_("Cause")), width=18),
        ReportColumn(translate(N_("Supplier")), width=24),
        ReportColumn(translate(N_("Assignee"))),
        ReportColumn(translate(N_("Reopened")), "number", 10),
        ReportColumn(translate(N_("Rating")), "number", 8),
        *(
            column
            for clock in CLOCK_NAMES
            for column in (
                ReportColumn(translate.label(clock, "clock"), width=10),
                ReportColumn(f"{translate.label(clock, 'clock')} ({used})", "duration", 16),
            )
        ),
    ]


def ticket_cells(row: TicketRow, translate: Translator) -> list[Cell]:
    cells: list[Cell] = [
        row.number,
        row.received_at,
        row.resolved_at,
        translate.label(row.state, "state"),
        translate.label(row.kind, "kind"),
        translate.label(row.severity, "severity"),
        translate.label(row.channel, "channel"),
        row.subject,
        row.customer,
        row.tier,
        row.region,
        row.product,
        row.serial_number,
        translate.localized(row.category_en, row.category_zh) if row.category else None,
        translate.label(row.cause, "cause"),
        row.supplier,
        row.assignee,
        row.reopened,
        row.rating,
    ]
    for clock in CLOCK_NAMES:
        outcome = row.clocks.get(clock)
        cells.append(translate.label(outcome.state, "clock_state") if outcome else None)
        cells.append(outcome.seconds if outcome else None)
    return cells
