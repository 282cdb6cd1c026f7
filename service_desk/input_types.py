"""Types of what programs send, each with the rule that its schema alone cannot say (REST)."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta

MAX_ID = 2**63 - 1
MAX_REASON_LENGTH = 500

PhoneInput = Annotated[
    str,
    Meta(
        max_length=40,
        description="A number that is valid in the desk's own region or possible in another, with "
        "its country code if it is from abroad; an extension follows after “ext.” or “转”.",
    ),
]
EmailInput = Annotated[
    str,
    Meta(
        max_length=254,
        description="An e-mail address, of one person.",
        extra_json_schema={"format": "email"},
    ),
]
StaffEmail = Annotated[
    str, Meta(max_length=254, description="The e-mail address of an active member of staff.")
]
TicketNumber = Annotated[str, Meta(max_length=200, description="The number of a ticket.")]
CategoryCode = Annotated[str, Meta(max_length=200, description="The code of a category.")]
SupplierName = Annotated[
    str,
    Meta(
        max_length=200,
        description="The name of a supplier, not blank. An unknown one is added, unless an agent "
        "sends it.",
    ),
]
NOT_BLANK = "With something that can be seen."
Subject = Annotated[str, Meta(min_length=1, max_length=200, description=NOT_BLANK)]
ShortText = Annotated[str, Meta(max_length=200)]
MessageText = Annotated[str, Meta(min_length=1, max_length=10_000, description=NOT_BLANK)]
LongText = Annotated[str, Meta(min_length=1, max_length=4_000, description=NOT_BLANK)]
Reason = Annotated[str, Meta(min_length=1, max_length=MAX_REASON_LENGTH, description=NOT_BLANK)]
PastInstant = Annotated[
    datetime,
    Meta(description="With its offset from UTC; within the past ten years, not in the future."),
]
FutureInstant = Annotated[
    datetime, Meta(description="With its offset from UTC; in the future, within a year.")
]
PastDate = Annotated[date, Meta(description="Of the desk's time zone: from 1970 until today.")]
FutureDate = Annotated[
    date, Meta(description="Of the desk's time zone: from tomorrow to a year ahead.")
]
VersionSeen = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_ID,
        description="Of the ticket that this rests on: 409 if the same thing was changed since.",
    ),
]
KnownId = Annotated[int, Meta(ge=1, le=MAX_ID, description="Of one that there is.")]
