"""What customers' texts are answered, each exactly once: the same again gets the same answer.

async with transaction():
    await lock_contacts(numbers)
    given = await stored_replies(keys)
    …
    await store_replies(…)  # of those that were not given yet

Any number of texts at a time, of as many senders.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from service_desk.database import fetch
from service_desk.idempotency.receipts import SENDER_LOCK

OUTBOX_ID = "{outbox}"  # the first of these in an answer becomes the id of its outbox row


class StoredReply(Struct, frozen=True):
    """`answer`, TwiML, to the text of that key; `said`: what it says, None if it says nothing.

    Who has opted out is answered `silence` instead, unless the answer is `compulsory`; so is a
    machine that answers us. `often`: the same text again is answered again, as a command is.
    """

    key: str
    sender: str
    body: str
    channel: str
    at: datetime
    answer: str
    silence: str
    said: str | None = None
    ticket: int | None = None
    compulsory: bool = False
    often: bool = False


MAX_REPLIES_AN_HOUR = 300
"""Answers to one sender: who writes more is a machine. What they say is taken in all the same."""
MAX_SAME_REPLIES_AN_HOUR = 30
"""Answers to the same words within the hour: a machine that answers us would never stop."""

# Everybody takes turns in the same order, so that nobody waits in a circle.
_TURNS = f"""
SELECT pg_advisory_xact_lock(turn) FROM (
    SELECT DISTINCT {SENDER_LOCK.format("sender")} AS turn FROM unnest($1::text[]) AS sender
    ORDER BY turn) AS turns
"""

_KEEP = """
WITH asked AS (
    SELECT asked.*, said IS NOT NULL AND NOT (
            SELECT count(*) >= $13 OR NOT often AND count(*) FILTER (
                WHERE earlier.body = asked.body) >= $14
            FROM inbound_receipt earlier WHERE earlier.sender = asked.sender
                AND earlier.at > asked.at - interval '1 hour' AND earlier.answer <> silence
                AND starts_with(earlier.key, channel || ':')) AS told
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bool[], $12::bool[])
        AS asked (key, sender, body, channel, at, before, after, silence, said, ticket,
            compulsory, often)),
given AS MATERIALIZED (
    SELECT asked.*,
        CASE WHEN told THEN nextval('outbox_id_seq') END AS outbox,
        CASE WHEN told AND ticket IS NOT NULL THEN nextval('message_id_seq') END AS message,
        NOT compulsory AND EXISTS (
            SELECT FROM customer WHERE phone = sender AND opted_out_at IS NOT NULL) AS stopped
    FROM asked),
said AS (
    INSERT INTO message (id, ticket, direction, visibility, channel, automatic, body, at)
    SELECT message, ticket, 'out', 'public', channel, true, said, at FROM given
    WHERE message IS NOT NULL),
logged AS (
    INSERT INTO outbox (id, channel, recipient, subject, body, ticket, message, purpose, state,
                        attempts, created_at, sent_at)
    SELECT outbox, channel, sender, '', said, ticket, message, 'answer',
        CASE WHEN stopped THEN 'suppressed' ELSE 'sent' END, (NOT stopped)::int, at,
        CASE WHEN NOT stopped THEN at END
    FROM given WHERE outbox IS NOT NULL)
INSERT INTO inbound_receipt (key, sender, body, answer, at)
SELECT key, sender, body,
    CASE WHEN told AND NOT stopped THEN before || outbox || after ELSE silence END,
    at
FROM given RETURNING key, answer
"""


async def lock_contacts(senders: Sequence[str]) -> None:
    """What one sender says is taken in one by one, so that two texts sent together find one ticket,
    and a webhook that comes twice at once finds its answer."""
    await fetch(_TURNS, list(senders))


async def stored_replies(keys: Sequence[str]) -> dict[str, str]:
    """By key, what texts were answered that came before. Take the senders' turns first."""
    rows = await fetch("SELECT key, answer FROM inbound_receipt WHERE key = ANY($1)", list(keys))
    return {row["key"]: row["answer"] for row in rows}


async def store_replies(answers: Sequence[StoredReply]) -> dict[str, str]:
    """Remember them, log what they say to customers as texts that were sent, and return them.

    The answer of a webhook goes out with the response itself, so its outbox row is "sent" at once
    (or "suppressed"); on a ticket it also stands in the conversation.
    """
    rows = [_row(answer) for answer in answers]
    if not rows:
        return {}
    kept = await fetch(
        _KEEP, *(list(column) for column in zip(*rows, strict=True)),
        MAX_REPLIES_AN_HOUR, MAX_SAME_REPLIES_AN_HOUR,
    )  # fmt: skip
    return {row["key"]: row["answer"] for row in kept}


def _row(one: StoredReply) -> tuple[object, ...]:
    before, _, after = one.answer.partition(OUTBOX_ID)
    return (
        one.key, one.sender, one.body, one.channel, one.at, before, after, one.silence, one.said,
        one.ticket, one.compulsory, one.often,
    )  # fmt: skip
