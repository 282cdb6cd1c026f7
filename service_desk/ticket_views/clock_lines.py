"""The clocks of the ticket page: each a line, and the same in words, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from babel.dates import format_datetime
from msgspec import Struct

from service_desk.clocks.versions import load_versions
from service_desk.i18n.formats import due_in, duration, local_time, working_time
from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.rules.clocks.clock import ClockState, remaining_seconds, state
from service_desk.rules.clocks.fold import Clock, Event
from service_desk.rules.clocks.trail import ClockStep, StepKind, clock_steps
from service_desk.ticket_views.drawing import Drawing, MarkKind, Piece, draw
from service_desk.ticket_views.history import HistoryRenderer
from service_desk.ticket_views.schemas import EventView

STEP_SENTENCES: Mapping[StepKind, str] = {
    "started": N_("Started, due {due_at}"),
    "paused": N_("Paused"),
    "resumed": N_("Running again, due {due_at}"),
    "met": N_("Met"),
    "cancelled": N_("No longer needed"),
    "due_moved": N_("Due time moved from {due_before} to {due_at}"),
    "terms_changed": N_("Other terms, the same due time"),
}
DUE_UNCHANGED = N_("Due time kept at {due_at}")
MET_LATE = N_("Met, too late")
BREACHED = N_("Due, and not met")
PIECE_TITLES: Mapping[MarkKind, str] = {
    "running": N_("Running from {start} to {end}"),
    "late": N_("Overdue from {start} to {end}: {time}"),
    "paused": N_("Paused from {start} to {end}"),
    "ended": N_("Stopped from {start} to {end}: this time was given back"),
    "ahead": N_("From now to {end}"),
}
SHORT_TIME = "HH:mm"
SHORT_DATE = {"en": "d MMM HH:mm", "zh": "M月d日 HH:mm"}
LABEL_FROM = 50.0  # percent: where the label of the due time leaves room for that of the start


class ClockLineEntry(Struct, frozen=True):
    at: datetime
    sentence: str
    because: str


class TitledPiece(Struct, frozen=True):
    kind: MarkKind
    x: float
    width: float
    title: str


class ClockLine(Struct, frozen=True):
    """`shown`: it goes on, or is the newest of its name. `paused`: with how much left, or how late;
    empty of any other. `due_note`: why it was set by hand."""

    name: str
    ordinal: int
    clock: Clock
    state: ClockState
    remaining_seconds: int
    active: bool
    shown: bool
    late: bool
    paused: str
    drawing: Drawing
    pieces: list[TitledPiece]
    start_label: str
    due_label: str
    due_anchor: Literal["start", "end"]
    title: str
    due_note: str
    entries: list[ClockLineEntry]


async def clock_lines(
    events: Sequence[EventView], renderer: HistoryRenderer, now: datetime
) -> list[ClockLine]:
    """In the order in which the clocks started. `events`: all of the ticket's."""
    causes = [event for event in events if not event.type.startswith("clock.")]
    history = [Event(event.type, event.at, event.data) for event in causes]
    applied = [event.data for event in history if event.type == "sla.policy_applied"]
    known = await load_versions(
        {data["policy_version"] for data in applied},
        {data["calendar_version"] for data in applied},
    )
    trails = clock_steps(history, known.policies, known.calendars)
    newest = dict(trails.keys())
    lines: list[ClockLine] = []
    for (name, ordinal), steps in trails.items():
        clock = steps[-1].clock
        business_time = known.business_time(clock.calendar_version)
        told = _LineWriter(causes, renderer, now)
        drawing = draw(steps, business_time, now)
        active = clock.phase in ("running", "paused")
        left = remaining_seconds(clock, now, business_time)
        lines.append(
            ClockLine(
                name=name,
                ordinal=ordinal,
                clock=clock,
                state=state(clock, now),
                remaining_seconds=left,
                active=active,
                shown=active or newest[name] == ordinal,
                late=clock.met_at is not None and clock.met_at > clock.due_at,
                paused=told.paused(clock, left),
                drawing=drawing,
                pieces=[told.piece(piece) for piece in drawing.pieces],
                start_label=told.start_label(clock, drawing),
                due_label=told.short(drawing.due_at, clock.started_at),
                due_anchor="end" if drawing.due_x > LABEL_FROM else "start",
                title=told.title(clock, drawing, left),
                due_note=told.due_note(clock, steps),
                entries=told.steps(steps, drawing),
            )
        )
    return lines


class _LineWriter:
    """What is said of one ticket's clocks."""

    def __init__(
        self, causes: Sequence[EventView], renderer: HistoryRenderer, now: datetime
    ) -> None:
        self._causes = causes
        self._teller = renderer
        self._now = now

    def steps(self, steps: Sequence[ClockStep], drawing: Drawing) -> list[ClockLineEntry]:
        """What happened, and when the due time passed."""
        clock = steps[-1].clock
        told = [
            ClockLineEntry(step.at, self._step(step), self._because(step.trigger)) for step in steps
        ]
        if state(clock, self._now) == "breached":
            breach = ClockLineEntry(drawing.due_at, self._say(BREACHED), "")
            told.append(breach)
            told.sort(key=lambda one: one.at)
        return told

    def piece(self, piece: Piece) -> TitledPiece:
        title = self._say(
            PIECE_TITLES[piece.kind],
            start=self._time(piece.start),
            end=self._time(piece.end),
            time=duration(int((piece.end - piece.start).total_seconds()), self._teller.locale),
        )
        if piece.trigger is not None and piece.kind in ("paused", "ended"):
            title += self._say(N_(". ")) + self._because(piece.trigger)
        return TitledPiece(piece.kind, piece.x, piece.width, title)

    def paused(self, clock: Clock, left: int) -> str:
        if clock.phase != "paused":
            return ""
        late = state(clock, self._now) == "breached"
        sentence = N_("Paused, {time} overdue") if late else N_("Paused, {time} left")
        return self._say(sentence, time=working_time(abs(left), self._teller.locale))

    def title(self, clock: Clock, drawing: Drawing, left: int) -> str:
        """The whole line in a sentence."""
        name = name_of(clock.name, "clock", self._teller.locale)
        now = state(clock, self._now)
        standing = self.paused(clock, left)
        if clock.phase == "running":
            standing = due_in(left, self._teller.locale)
        return self._say(
            N_("{clock}: {state}, due {due_at}"),
            clock=name,
            state=name_of(now, "clock_state", self._teller.locale),
            due_at=self._time(drawing.due_at),
        ) + (f" · {standing}" if standing else "")

    def due_note(self, clock: Clock, steps: Sequence[ClockStep]) -> str:
        by_hand = [step.trigger for step in steps if self._causes[step.trigger].type == "due.set"]
        return self._because(by_hand[-1]) if clock.due_set_manually and by_hand else ""

    def start_label(self, clock: Clock, drawing: Drawing) -> str:
        if drawing.due_x <= LABEL_FROM:
            return ""
        return self.short(clock.started_at, drawing.due_at)

    def short(self, at: datetime, other: datetime) -> str:
        """For the line itself: without the date if both are of one day."""
        zone, locale = self._teller.zone, self._teller.locale
        same_day = at.astimezone(zone).date() == other.astimezone(zone).date()
        pattern = SHORT_TIME if same_day else SHORT_DATE[locale]
        return format_datetime(at.astimezone(zone), pattern, tzinfo=zone, locale=locale)

    def _step(self, step: ClockStep) -> str:
        sentence = STEP_SENTENCES[step.kind]
        if step.kind == "due_moved" and step.due_before is None:
            sentence = DUE_UNCHANGED
        if step.kind == "met" and step.at > step.clock.due_at:
            sentence = MET_LATE
        before = step.due_before or step.clock.due_at
        return self._say(
            sentence, due_at=self._time(step.clock.due_at), due_before=self._time(before)
        )

    def _because(self, cause: int) -> str:
        event = self._causes[cause]
        match event.type:
            case "due.set":
                return self._say(
                    N_("set by hand by {name}, because: {reason}"),
                    name=self._teller.actor(event.actor),
                    reason=event.data["reason"],
                )
            case "sla.policy_applied":
                policy = name_of(event.data["policy"], "policy", self._teller.locale)
                return self._say(N_("terms of the policy {policy}"), policy=policy)
            case _:
                return self._teller.sentence(event)

    def _time(self, at: datetime) -> str:
        return local_time(at, self._teller.zone, self._teller.locale, self._teller.now)

    def _say(self, message: str, **params: object) -> str:
        return translate(message, self._teller.locale, **params)
