"""The attachments of a message, and one attachment for a reader who may see it."""

from service_desk.attachments.schemas import StoredAttachment
from service_desk.database import fetch_as

ATTACHMENTS_SQL = """
    coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'id', a.id, 'name', a.name, 'media_type', a.media_type, 'size', a.size,
            'state', a.state, 'reason', a.reason, 'thumbnail', a.thumbnail = 'ready') ORDER BY a.id)
        FROM attachment a WHERE a.message = m.id), '[]')
"""
"""SQL: the attachments of the message `m`, as AttachmentViews."""

# A ticket also shows the messages of tickets merged into it: follow `merged_into` up from there.
_FIND = """
WITH RECURSIVE shown (id, number, token, merged_into) AS (
    SELECT t.id, t.number, t.token, t.merged_into
    FROM attachment a JOIN message m ON m.id = a.message JOIN ticket t ON t.id = m.ticket
    WHERE a.id = $1 AND (m.visibility = 'public' OR $2::text IS NOT NULL)
    UNION
    SELECT t.id, t.number, t.token, t.merged_into
    FROM ticket t JOIN shown ON t.id = shown.merged_into)
SELECT name, media_type, sha256, storage_key, thumbnail = 'ready' AS thumbnail
FROM attachment
WHERE id = $1 AND state = 'stored'
    AND EXISTS (SELECT FROM shown WHERE number = $2 OR token = $3)
"""


async def attachment_of_ticket(number: str, id_: int) -> StoredAttachment | None:
    """For staff: an attachment of that ticket."""
    return await _find(id_, number, None)


async def attachment_of_customer(token: str, id_: int) -> StoredAttachment | None:
    """For the holder of the ticket's token: an attachment of a public message."""
    return await _find(id_, None, token)


async def _find(id_: int, number: str | None, token: str | None) -> StoredAttachment | None:
    found = await fetch_as(StoredAttachment, _FIND, id_, number, token)
    return found[0] if found else None
