"""The effects of an edit, if applied to open tickets. Nothing is written."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

import msgspec

from service_desk.clocks.history import ClockHistory, clock_histories
from service_desk.clocks.versions import (
    Version,
    all_rollouts,
    load_versions,
    promised_terms_in,
    read_policy_book,
)
from service_desk.database import fetch_value
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.calendars.known_holidays import with_stored_holidays
from service_desk.rules.clocks.fold import Clock, fold_clocks
from service_desk.rules.policies.policies import Policy
from service_desk.rules.policies.rollouts import (
    CalendarSaved,
    OrderedPolicy,
    PolicyBook,
    PolicyRetired,
    PolicySaved,
    RolloutSubject,
    terms_after_rollout,
)
from service_desk.rules.tickets.event import Event
from service_desk.rules.tickets.events import PolicyApplied
from service_desk.sla_settings.ordering import Move
from service_desk.tables.conditions import IS_OPEN

YIELD_EVERY = 50  # tickets, so that other requests of this process are served between them
EXAMPLES = 20
DRAFT = 1 << 62  # id of the draft, above those of all stored versions

OPEN_TICKETS = f"SELECT count(*) FROM ticket WHERE {IS_OPEN}"

PreviewProgress = Callable[[int, int | None], Awaitable[None]]
"""Called with the tickets looked at, and how many there are."""
_Change = tuple[int, int | None, int]  # current policy and calendar version, new policy version


class MovedClock(msgspec.Struct, frozen=True):
    """A clock whose due time the edit would move. `due_at` is null if the clock is not promised so
    far, `new_due_at` if it would no longer be."""

    number: str
    clock: str
    due_at: datetime | None
    new_due_at: datetime | None


class TicketsUnderTerms(msgspec.Struct, frozen=True):
    """Tickets that would leave these terms, which may be older than the edited ones. No `calendar`:
    around the clock. `new_policy`: null for the previewed one.
    """

    tickets: int
    policy: Version
    calendar: Version | None
    new_policy: Version | None


class EditPreview(msgspec.Struct):
    """Counts of open tickets: all, those that would get new terms (`affected`), and those of them
    with a changed due time (`due_moved`). `current_terms`: of the affected tickets."""

    open_tickets: int = 0
    affected: int = 0
    due_moved: int = 0
    examples: list[MovedClock] = []
    current_terms: list[TicketsUnderTerms] = []


async def preview_policy(
    policy: Policy, now: datetime, progress: PreviewProgress | None = None
) -> EditPreview:
    """The effects of saving this policy."""
    book = await read_policy_book()
    place = OrderedPolicy(policy.name, DRAFT, True)
    order = [place if old.policy == policy.name else old for old in book.order]
    if not any(old.policy == policy.name and old.in_force for old in book.order):
        order = [place, *(old for old in book.order if old.policy != policy.name)]
    policies = {**book.policies, DRAFT: policy}
    book = msgspec.structs.replace(book, order=order, policies=policies)
    subject = PolicySaved(policy.name, 0, DRAFT, book.calendars.get(policy.calendar))
    return await _preview(subject, book, now, progress)


async def preview_retirement(
    name: str, now: datetime, progress: PreviewProgress | None = None
) -> EditPreview:
    """The effects of retiring this policy."""
    book = await read_policy_book()
    version = next((place.version for place in book.order if place.policy == name), 0)
    return await _preview(PolicyRetired(name, version), book, now, progress)


async def preview_move(
    move: Move, now: datetime, progress: PreviewProgress | None = None
) -> EditPreview:
    """The effects of this change of order."""
    book = await read_policy_book()
    places = {place.policy: place for place in book.order}
    other = {move.name: move.swapped_with, move.swapped_with: move.name}
    order = [places[other.get(place.policy, place.policy)] for place in book.order]
    book = msgspec.structs.replace(book, order=order)
    return await _preview(move.subject(), book, now, progress)


async def preview_calendar(
    name: str, calendar: Calendar, now: datetime, progress: PreviewProgress | None = None
) -> EditPreview:
    """The effects of saving this calendar."""
    book = await read_policy_book()
    book = msgspec.structs.replace(book, calendars={**book.calendars, name: DRAFT})
    draft = with_stored_holidays(calendar, now.date())
    return await _preview(CalendarSaved(name, 0, DRAFT), book, now, progress, {DRAFT: draft})


async def _preview(
    subject: RolloutSubject,
    book: PolicyBook,
    now: datetime,
    progress: PreviewProgress | None,
    drafts: Mapping[int, Calendar] | None = None,
) -> EditPreview:
    preview, rollouts = EditPreview(), await all_rollouts()
    seen, in_all = 0, await fetch_value(OPEN_TICKETS) if progress else None
    changes: Counter[_Change] = Counter()
    async for batch, known in clock_histories(open_only=True):
        policies = {**book.policies, **known.policies}
        calendars = {**known.calendars, **(drafts or {})}
        in_book = msgspec.structs.replace(book, policies=policies)
        for index, history in enumerate(batch):
            if index % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            promised = await promised_terms_in(history.events, rollouts)
            if promised is None:
                continue
            preview.open_tickets += 1
            current = promised.current
            terms = terms_after_rollout(subject, promised, history.facts, in_book)
            if terms == current:
                continue
            preview.affected += 1
            changes[current.policy_version, current.calendar_version, terms.policy_version] += 1
            moved = _moved(history, terms, policies, calendars, now)
            preview.due_moved += bool(moved)
            preview.examples += moved[: EXAMPLES - len(preview.examples)]
        seen += len(batch)
        if progress is not None:
            await progress(seen, in_all)
    preview.current_terms = await _by_current_terms(changes)
    return preview


async def _by_current_terms(changes: Counter[_Change]) -> list[TicketsUnderTerms]:
    """In descending order of tickets."""
    policies = {id_ for before, _, after in changes for id_ in (before, after)}
    calendars = {calendar for _, calendar, _ in changes if calendar is not None}
    known = await load_versions(policies, calendars)
    names = known.policy_names
    return [
        TicketsUnderTerms(tickets, names[before], known.calendar_name(calendar), names.get(after))
        for (before, calendar, after), tickets in changes.most_common()
    ]


def _moved(
    history: ClockHistory,
    terms: PolicyApplied,
    policies: Mapping[int, Policy],
    calendars: Mapping[int, Calendar],
    now: datetime,
) -> list[MovedClock]:
    """Running and paused clocks whose due time differs under these terms."""
    applied = Event(max(now, history.events[-1].at), terms)
    due = _due_times(history.clocks)
    new = _due_times(fold_clocks([*history.events, applied], policies, calendars))
    return [
        MovedClock(history.number, key[0], due.get(key), new.get(key))
        for key in due | new
        if due.get(key) != new.get(key)
    ]


def _due_times(clocks: Iterable[Clock]) -> dict[tuple[str, int], datetime]:
    """By name and ordinal, of clocks that have not ended."""
    return {
        (clock.name, clock.ordinal): clock.due_at
        for clock in clocks
        if clock.phase in ("running", "paused")
    }
