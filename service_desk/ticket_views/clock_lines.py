"""The clocks of the ticket page: each as a line, and in words in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from babel.dates import format_datetime
from msgspec import Struct

from service_desk.clocks.versions import load_applied_versions
from service_desk.i18n.formats import due_in, duration, local_time, working_time
from service_desk.i18n.names import name_of
from service_desk.i18n.translate import N_, translate
from service_desk.rules.calendars.business_time import BusinessTime
from service_desk.rules.clocks.clock import ClockState, remaining_seconds, state
from service_desk.rules.clocks.fold import Clock
from service_desk.rules.clocks.trail import ClockStep, StepKind, clock_steps
from service_desk.rules.tickets.events import DueSet, PolicyApplied
from service_desk.ticket_views.drawing import Drawing, MarkKind, Piece, draw
from service_desk.ticket_views.events import RecordedEvent
from service_desk.ticket_views.history import HistoryRenderer

STEP_SENTENCES: Mapping[StepKind, str] = {
    "started": N_("Started, due {due_at}"),
    "paused": N_("Paused"),
    "resumed": N_("Resumed, due {due_at}"),
    "met": N_("Met"),
    "cancelled": N_("No longer needed"),
    "due_moved": N_("Due time moved from {due_before} to {due_at}"),
    "terms_changed": N_("New terms, same due time"),
}
DUE_UNCHANGED = N_("Due time kept at {due_at}")
MET_LATE = N_("Met late")
BREACHED = N_("Due time passed")
PIECE_TITLES: Mapping[MarkKind, str] = {
    "running": N_("Running from {start} to {end}"),
    "late": N_("Overdue from {start} to {end}: {time}"),
    "paused": N_("Paused from {start} to {end}"),
    "ended": N_("Stopped from {start} to {end}: this time was given back"),
    "ahead": N_("From now to {end}"),
}
SHORT_TIME = "HH:mm"
SHORT_DATE = {"en": "d MMM HH:mm", "zh": "M月d日 HH:mm"}
LABEL_FROM = 50.0  # percent: right of it the due time's label leaves room for the start's


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
    """`active`: running or paused. `shown`: active, or the newest of its name. `paused`: time left
    or overdue, in words; empty unless paused. `due_note`: why the due time was set manually."""

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
    events: Sequence[RecordedEvent], renderer: HistoryRenderer, now: datetime
) -> list[ClockLine]:
    """In the order in which the clocks started. `events`: all of the ticket's."""
    triggers = [event for event in events if not event.type.startswith("clock.")]
    history = [trigger.event for trigger in triggers]
    versions = await load_applied_versions(history)
    trails = clock_steps(history, versions.policies, versions.calendars)
    newest = dict(trails.keys())
    writer = _LineWriter(triggers, renderer, now)
    return [
        writer.line(
            name,
            ordinal,
            steps,
            business_time=versions.business_time(steps[-1].clock.calendar_version),
            is_newest=newest[name] == ordinal,
        )
        for (name, ordinal), steps in trails.items()
    ]


class _LineWriter:
    """Lines and sentences of one ticket's clocks. `triggers`: the events that a step's `trigger` is
    an index of."""

    def __init__(
        self, triggers: Sequence[RecordedEvent], renderer: HistoryRenderer, now: datetime
    ) -> None:
        self._triggers = triggers
        self._renderer = renderer
        self._now = now

    def line(
        self,
        name: str,
        ordinal: int,
        steps: Sequence[ClockStep],
        *,
        business_time: BusinessTime,
        is_newest: bool,
    ) -> ClockLine:
        clock = steps[-1].clock
        drawing = draw(steps, business_time, self._now)
        active = clock.phase in ("running", "paused")
        left = remaining_seconds(clock, self._now, business_time)
        return ClockLine(
            name=name,
            ordinal=ordinal,
            clock=clock,
            state=state(clock, self._now),
            remaining_seconds=left,
            active=active,
            shown=active or is_newest,
            late=clock.met_at is not None and clock.met_at > clock.due_at,
            paused=self._paused(clock, left),
            drawing=drawing,
            pieces=[self._piece(piece) for piece in drawing.pieces],
            start_label=self._start_label(clock, drawing),
            due_label=self._short_time(drawing.due_at, clock.started_at),
            due_anchor="end" if drawing.due_x > LABEL_FROM else "start",
            title=self._title(clock, drawing, left),
            due_note=self._due_note(clock, steps),
            entries=self._entries(steps, drawing),
        )

    def _entries(self, steps: Sequence[ClockStep], drawing: Drawing) -> list[ClockLineEntry]:
        """The steps, and the passing of the due time."""
        entries = [
            ClockLineEntry(step.at, self._step(step), self._because(step.trigger)) for step in steps
        ]
        if state(steps[-1].clock, self._now) == "breached":
            entries.append(ClockLineEntry(drawing.due_at, self._translate(BREACHED), ""))
            entries.sort(key=lambda entry: entry.at)
        return entries

    def _piece(self, piece: Piece) -> TitledPiece:
        title = self._translate(
            PIECE_TITLES[piece.kind],
            start=self._time(piece.start),
            end=self._time(piece.end),
            time=duration(int((piece.end - piece.start).total_seconds()), self._renderer.locale),
        )
        if piece.trigger is not None and piece.kind in ("paused", "ended"):
            title += self._translate(N_(". ")) + self._because(piece.trigger)
        return TitledPiece(piece.kind, piece.x, piece.width, title)

    def _paused(self, clock: Clock, left: int) -> str:
        if clock.phase != "paused":
            return ""
        late = state(clock, self._now) == "breached"
        sentence = N_("Paused, {time} overdue") if late else N_("Paused, {time} left")
        return self._translate(sentence, time=working_time(abs(left), self._renderer.locale))

    def _title(self, clock: Clock, drawing: Drawing, left: int) -> str:
        """The whole line in a sentence."""
        name = name_of(clock.name, "clock", self._renderer.locale)
        now = state(clock, self._now)
        remaining = self._paused(clock, left)
        if clock.phase == "running":
            remaining = due_in(left, self._renderer.locale)
        return self._translate(
            N_("{clock}: {state}, due {due_at}"),
            clock=name,
            state=name_of(now, "clock_state", self._renderer.locale),
            due_at=self._time(drawing.due_at),
        ) + (f" · {remaining}" if remaining else "")

    def _due_note(self, clock: Clock, steps: Sequence[ClockStep]) -> str:
        set_by = [
            step.trigger for step in steps if self._triggers[step.trigger].type == DueSet.type
        ]
        return self._because(set_by[-1]) if clock.due_set_manually and set_by else ""

    def _start_label(self, clock: Clock, drawing: Drawing) -> str:
        if drawing.due_x <= LABEL_FROM:
            return ""
        return self._short_time(clock.started_at, drawing.due_at)

    def _short_time(self, at: datetime, other: datetime) -> str:
        """For the labels of the line: without the date if both times are on one day."""
        zone, locale = self._renderer.zone, self._renderer.locale
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
        return self._translate(
            sentence, due_at=self._time(step.clock.due_at), due_before=self._time(before)
        )

    def _because(self, trigger: int) -> str:
        event = self._triggers[trigger]
        match event.data:
            case DueSet(reason=reason):
                return self._translate(
                    N_("set manually by {name}: {reason}"),
                    name=self._renderer.actor(event.actor),
                    reason=reason,
                )
            case PolicyApplied(policy=policy):
                name = name_of(policy, "policy", self._renderer.locale)
                return self._translate(N_("terms of the policy {policy}"), policy=name)
            case _:
                return self._renderer.sentence(event)

    def _time(self, at: datetime) -> str:
        return local_time(at, self._renderer.zone, self._renderer.locale, self._renderer.now)

    def _translate(self, message: str, **params: object) -> str:
        return translate(message, self._renderer.locale, **params)
