"""Do the kept clocks say what the events say? (DESIGN §2.3)"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from service_desk.rules.sla_clocks import Clock, Event, LevelReached

# What a clock's row keeps of a clock.
KEPT = tuple(name for name in Clock.__struct_fields__ if name != "pauses")
GRACE = timedelta(minutes=1)
"""A level may be that late before its absence is a difference: the sweep is a living thing."""


class Difference(msgspec.Struct, frozen=True):
    """`what`: a field of the clock, "clock" (missing or too many) or "level 80"."""

    clock: str
    what: str
    kept: str
    recomputed: str


def clock_differences(kept: Sequence[Clock], recomputed: Sequence[Clock]) -> list[Difference]:
    """Field by field, for clocks of the same name and ordinal."""
    rows = {(clock.name, clock.ordinal): clock for clock in kept}
    truth = {(clock.name, clock.ordinal): clock for clock in recomputed}
    differences: list[Difference] = []
    for key in rows.keys() | truth.keys():
        row, true = rows.get(key), truth.get(key)
        name = f"{key[0]} {key[1]}"
        if row is None or true is None:
            differences.append(Difference(name, "clock", _there(row), _there(true)))
            continue
        differences += [
            Difference(name, field, str(getattr(row, field)), str(getattr(true, field)))
            for field in KEPT
            if getattr(row, field) != getattr(true, field)
        ]
    return sorted(differences, key=lambda difference: (difference.clock, difference.what))


def level_differences(
    recorded: Iterable[Event], recomputed: Iterable[LevelReached], now: datetime
) -> list[Difference]:
    """`recorded`: the ticket's `clock.level_reached` events. Each level once, at its instant."""
    rows: dict[tuple[str, int, int], list[datetime]] = {}
    for event in recorded:
        key = (event.data["clock"], event.data["ordinal"], event.data["percent"])
        rows.setdefault(key, []).append(event.at)
    truth = {(level.clock, level.ordinal, level.percent): level.at for level in recomputed}
    differences: list[Difference] = []
    for key in rows.keys() | truth.keys():
        kept, true = rows.get(key, []), truth.get(key)
        if kept == [true] or (not kept and true is not None and true >= now - GRACE):
            continue
        name, ordinal, percent = key
        shown = ", ".join(map(str, kept)) or "not recorded"
        differences.append(
            Difference(f"{name} {ordinal}", f"level {percent}", shown, str(true or "not reached"))
        )
    return sorted(differences, key=lambda difference: (difference.clock, difference.what))


def _there(clock: Clock | None) -> str:
    return "none" if clock is None else f"{clock.phase}, due {clock.due_at}"
