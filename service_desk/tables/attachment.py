"""Photos, recordings and documents that customers sent; their content is in the object store."""

from piccolo.columns import BigSerial, ForeignKey, Integer, OnDelete, SmallInt, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from service_desk.tables.ticket import Message


class Attachment(Table):
    """Its ticket is its message's: a message that moves takes it along."""

    id = BigSerial(primary_key=True)
    message = ForeignKey(Message, on_delete=OnDelete.restrict, null=False, index=True)
    name = Varchar(120)
    declared_type = Varchar(100, default="")  # what the sender said it is
    media_type = Varchar(40, null=True, default=None)  # what its content says it is
    size = Integer(null=True, default=None)  # bytes
    sha256 = Varchar(64, null=True, default=None)
    storage_key = Varchar(80, null=True, default=None, unique=True)
    source_url = Varchar(2000, null=True, default=None)  # where the worker fetches it
    state = Varchar(8)
    reason = Varchar(20, null=True, default=None)  # why it was refused
    thumbnail = Varchar(10, default="none")
    attempts = SmallInt(default=0)
    next_attempt_at = Timestamptz(null=True, default=None)  # when a worker is next to look at it
    received_at = Timestamptz()
    processed_at = Timestamptz(null=True, default=None)  # stored or refused

    attachment_state_check = Check("state IN ('waiting', 'stored', 'refused')")
    attachment_thumbnail_check = Check("thumbnail IN ('none', 'waiting', 'made', 'impossible')")
    attachment_reason_check = Check("(state = 'refused') = (reason IS NOT NULL)")
    attachment_stored_check = Check(
        "state <> 'stored' OR (media_type IS NOT NULL AND size IS NOT NULL "
        "AND sha256 IS NOT NULL AND storage_key IS NOT NULL)"
    )
