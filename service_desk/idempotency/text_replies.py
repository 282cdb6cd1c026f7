"""Automatic replies to customers' texts, each given once: a repetition gets the same reply.

async with transaction():
    await lock_contacts(contacts)
    replies = await stored_replies(keys)
    …
    await store_replies(…)  # the new ones

For any number of texts from any number of contacts at once.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch
from service_desk.idempotency.receipts import CONTACT_LOCK
from service_desk.rules.messages.vocabulary import TextChannel

OUTBOX_ID = "{outbox}"
"""Placeholder in the TwiML for the id of the reply's outbox row; the first one is replaced."""
MAX_REPLIES_AN_HOUR = 300
"""To one contact: whoever writes more is a machine. Their texts are still received."""
MAX_SAME_REPLIES_AN_HOUR = 30
"""To the same text of one contact: two machines that answer each other would never stop."""

# All in one order, so that no two transactions wait for each other.
_LOCK_CONTACTS = f"""
SELECT pg_advisory_xact_lock(turn) FROM (
    SELECT DISTINCT {CONTACT_LOCK.format("contact")} AS turn FROM unnest($1::text[]) AS contact
    ORDER BY turn) AS turns
"""

_STORED_REPLIES = "SELECT key, response FROM inbound_receipt WHERE key = ANY($1)"

_STORE_REPLIES = """
WITH given AS (
    SELECT given.*, reply IS NOT NULL AND NOT (
            SELECT count(*) >= $13 OR NOT repeatable AND count(*) FILTER (
                WHERE earlier.body = given.body) >= $14
            FROM inbound_receipt earlier WHERE earlier.contact = given.contact
                AND earlier.at > given.at - interval '1 hour'
                AND earlier.response <> empty_twiml
                AND starts_with(earlier.key, channel || ':')) AS replied
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bool[], $12::bool[])
        AS given (key, contact, body, channel, at, before_id, after_id, empty_twiml, reply, ticket,
            compulsory, repeatable)),
numbered AS MATERIALIZED (
    SELECT given.*,
        CASE WHEN replied THEN nextval('outbox_id_seq') END AS outbox,
        CASE WHEN replied AND ticket IS NOT NULL THEN nextval('message_id_seq') END AS message,
        NOT compulsory AND EXISTS (
            SELECT FROM customer
            WHERE (phone = contact OR handle = contact) AND opted_out_at IS NOT NULL) AS opted_out
    FROM given),
messages AS (
    INSERT INTO message (id, ticket, direction, visibility, channel, automatic, body, at)
    SELECT message, ticket, 'out', 'public', channel, true, reply, at FROM numbered
    WHERE message IS NOT NULL),
sent AS (
    INSERT INTO outbox (id, channel, recipient, subject, body, ticket, message, purpose, state,
                        attempts, created_at, sent_at)
    SELECT outbox, channel, contact, '', reply, ticket, message, 'auto_reply',
        CASE WHEN opted_out THEN 'suppressed' ELSE 'sent' END, (NOT opted_out)::int, at,
        CASE WHEN NOT opted_out THEN at END
    FROM numbered WHERE outbox IS NOT NULL)
INSERT INTO inbound_receipt (key, contact, body, response, at)
SELECT key, contact, body,
    CASE WHEN replied AND NOT opted_out THEN before_id || outbox || after_id ELSE empty_twiml END,
    at
FROM numbered RETURNING key, response
"""


class StoredReply(Struct, frozen=True):
    """The reply to the text with that key. `reply`: its body, None if there is none; `twiml`: the
    response that carries it, `empty_twiml`: the response without.

    A contact who opted out gets `empty_twiml` unless the reply is `compulsory` (the confirmation
    of STOP). `repeatable`: not subject to MAX_SAME_REPLIES_AN_HOUR, as for a command.
    """

    key: str
    contact: str
    body: str
    channel: TextChannel
    at: datetime
    twiml: str
    empty_twiml: str
    reply: str | None = None
    ticket: int | None = None
    compulsory: bool = False
    repeatable: bool = False


async def lock_contacts(contacts: Sequence[str]) -> None:
    """Until the end of the transaction, so that a contact's texts are processed one by one: two
    sent together find one ticket, and a webhook received twice at once finds its reply."""
    await fetch(_LOCK_CONTACTS, list(contacts))


async def stored_replies(keys: Sequence[str]) -> dict[str, str]:
    """The TwiML given to texts received before, by key. Lock their contacts first."""
    rows = await fetch(_STORED_REPLIES, list(keys))
    return {row["key"]: row["response"] for row in rows}


async def store_replies(replies: Sequence[StoredReply]) -> dict[str, str]:
    """Store replies with their outbox rows, and the messages of those on tickets; TwiML by key.

    A reply travels in the webhook's response, so its outbox row starts as "sent" (or "suppressed").
    """
    rows = [_row(reply) for reply in replies]
    if not rows:
        return {}
    stored = await fetch(
        _STORE_REPLIES, *(list(column) for column in zip(*rows, strict=True)),
        MAX_REPLIES_AN_HOUR, MAX_SAME_REPLIES_AN_HOUR,
    )  # fmt: skip
    return {row["key"]: row["response"] for row in stored}


def _row(reply: StoredReply) -> tuple[object, ...]:
    before_id, _, after_id = reply.twiml.partition(OUTBOX_ID)
    return (
        reply.key, reply.contact, reply.body, reply.channel, reply.at, before_id, after_id,
        reply.empty_twiml, reply.reply, reply.ticket, reply.compulsory, reply.repeatable,
    )  # fmt: skip
