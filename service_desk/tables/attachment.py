"""Photos, recordings and documents from customers; their content is in the object store."""

from piccolo.columns import BigSerial, ForeignKey, Integer, OnDelete, SmallInt, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from service_desk.rules.messages.attachments import (
    ATTACHMENT_STATES,
    REJECTION_REASONS,
    THUMBNAIL_STATES,
)
from service_desk.tables.conditions import one_of
from service_desk.tables.ticket import Message


class Attachment(Table):
    """Belongs to the ticket of its message, also after the message is moved."""

    id = BigSerial(primary_key=True)
    message = ForeignKey(Message, on_delete=OnDelete.restrict, null=False, index=True)
    name = Varchar(120)
    declared_type = Varchar(100, default="")  # by the sender
    media_type = Varchar(40, null=True, default=None)  # by its content
    size = Integer(null=True, default=None)  # bytes
    sha256 = Varchar(64, null=True, default=None)
    storage_key = Varchar(80, null=True, default=None, unique=True)
    source_url = Varchar(2000, null=True, default=None)  # the worker fetches it from here
    state = Varchar(8)
    reason = Varchar(20, null=True, default=None)  # of a rejection
    thumbnail = Varchar(10, default="none")
    attempts = SmallInt(default=0)
    next_attempt_at = Timestamptz(null=True, default=None)  # to fetch, or to make the thumbnail
    received_at = Timestamptz()
    processed_at = Timestamptz(null=True, default=None)  # stored or rejected

    attachment_state_check = Check(one_of("state", ATTACHMENT_STATES))
    attachment_thumbnail_check = Check(one_of("thumbnail", THUMBNAIL_STATES))
    attachment_reason_check = Check(one_of("reason", REJECTION_REASONS))
    attachment_rejected_check = Check("(state = 'rejected') = (reason IS NOT NULL)")
    attachment_stored_check = Check(
        "state <> 'stored' OR (media_type IS NOT NULL AND size IS NOT NULL "
        "AND sha256 IS NOT NULL AND storage_key IS NOT NULL)"
    )
