"""The answers that a ticket's customer got, so that one that never arrived can be taken back."""

from collections.abc import Sequence
from datetime import datetime

from service_desk.rules.clocks.run import ClockRun


class Answer:
    """A public message or an answered call `at` that instant, and the clocks that it concerns.

    `message`: its id, None for a call. `met`: the clocks that it met; `ended`: those that had
    ended with the ticket, and that a reopening no longer brings back. `unanswered`: ids of the
    messages it answered; `wrote_since_end`: the customer wrote after the ticket ended.
    """

    __slots__ = ("at", "ended", "message", "met", "unanswered", "wrote_since_end")

    def __init__(
        self,
        message: int | None,
        at: datetime,
        runs: Sequence[ClockRun],
        unanswered: list[int | None],
        wrote_since_end: bool,
    ) -> None:
        """`runs`: those that an answer meets, as they are before it."""
        self.message = message
        self.at = at
        self.met = [run for run in runs if run.active]
        self.ended = [run for run in runs if run.ended_with_ticket]
        self.unanswered = unanswered
        self.wrote_since_end = wrote_since_end

    def take_over(self, failed: "Answer") -> None:
        """The answer before this one never arrived: this one met those clocks."""
        for run in failed.met:
            run.meet_later(self.at)
        self.met += failed.met
        self.ended += failed.ended
        self.unanswered = failed.unanswered + self.unanswered
        self.wrote_since_end |= failed.wrote_since_end


class Answers:
    """Those that count, in order. One that failed counts again once it was sent again."""

    def __init__(self) -> None:
        self._counting: list[Answer] = []
        self._failed: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._counting)

    def add(self, answer: Answer) -> None:
        self._counting.append(answer)

    def take_back(self, message: int) -> Answer | None:
        """The answer, if no later one stands for it."""
        place = self._place_of(message)
        if place is None:
            return None
        self._failed.add(message)
        failed = self._counting.pop(place)
        if place == len(self._counting):
            return failed
        self._counting[place].take_over(failed)
        return None

    def sent_again(self, message: int | None) -> bool:
        """Whether it had failed, and counts from now on."""
        if message not in self._failed:
            return False
        self._failed.remove(message)
        return True

    def forget(self, moved: int) -> None:
        """A message of the customer's went to another ticket."""
        for answer in self._counting:
            if moved in answer.unanswered:
                answer.unanswered.remove(moved)

    def _place_of(self, message: int) -> int | None:
        sent: Sequence[int | None] = [answer.message for answer in self._counting]
        return sent.index(message) if message in sent else None
