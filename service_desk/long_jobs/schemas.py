"""What is shown of a long job."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from service_desk.rules.tickets.vocabulary import LongJobState


class LongJobView(Struct, frozen=True):
    """`steps_in_all`: null until it is known. `error`: a sentence in the reader's language."""

    id: int
    input: Any
    state: LongJobState
    steps_done: int
    steps_in_all: int | None
    requested_at: datetime
    finished_at: datetime | None
    error: str | None
