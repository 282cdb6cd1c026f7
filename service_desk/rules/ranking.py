"""Rank: the one order of the queue, explained (DESIGN §2.4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from service_desk.rules.sla_clocks import Clock


class Reason(msgspec.Struct, frozen=True):
    """One term of the sum: `code` "due" (detail: clock name, at: its due time), or a head start
    in seconds: "severity" (detail: severity), "tier" (detail: tier), "earlier_complaints"
    (count)."""

    code: Literal["due", "severity", "tier", "earlier_complaints"]
    detail: str = ""
    seconds: int = 0
    count: int = 0
    at: datetime | None = None


class Ranking(msgspec.Struct, frozen=True):
    """rank_at is None for a ticket with no clock that counts: it comes last, by age."""

    rank_at: datetime | None
    because: tuple[Reason, ...] = ()


def rank(
    clocks: Iterable[Clock], severity: str, tier: str | None, earlier_complaints: int
) -> Ranking:
    """earlier_complaints: those of the same customer within 30 days before this ticket."""
    raise NotImplementedError
