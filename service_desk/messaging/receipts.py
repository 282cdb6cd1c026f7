"""Webhooks taken in exactly once: the same again gets the same answer (DESIGN §4).

async with transaction():
    if not await claim(key, …):
        return await answer_given(key)
    …
    await keep_answer(key, answer)
"""

from datetime import datetime

from service_desk.database import fetch, fetch_value

# Locks before it inserts: see claim().
_CLAIM = """
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($2, 0)))
INSERT INTO webhook_receipt (key, sender, body, answer, at)
SELECT $1, $2, $3, '', $4 FROM turn
ON CONFLICT (key) DO NOTHING
RETURNING true
"""

OUTBOX_ID = "{outbox}"  # the first of these in an answer becomes the id of its outbox row

_KEEP_TEXT = """
WITH row AS MATERIALIZED (
    SELECT nextval('outbox_id_seq') AS id, NOT $10 AND EXISTS (
        SELECT FROM customer WHERE phone = $5 AND opted_out_at IS NOT NULL) AS stopped),
kept AS (
    UPDATE webhook_receipt SET answer = CASE WHEN stopped THEN $4 ELSE $2 || row.id || $3 END
    FROM row WHERE key = $1 RETURNING answer),
said AS (
    INSERT INTO message (ticket, direction, visibility, channel, automatic, body, at)
    SELECT $7, 'out', 'public', $9, true, $6, $8 WHERE $7::bigint IS NOT NULL
    RETURNING id),
logged AS (
    INSERT INTO outbox (id, channel, recipient, subject, body, ticket, message, purpose, state,
                        attempts, created_at, sent_at)
    SELECT id, $9, $5, '', $6, $7, (SELECT id FROM said), 'answer',
        CASE WHEN stopped THEN 'suppressed' ELSE 'sent' END, (NOT stopped)::int, $8,
        CASE WHEN NOT stopped THEN $8::timestamptz END
    FROM row)
SELECT answer FROM kept
"""


async def claim(key: str, *, sender: str, body: str = "", now: datetime) -> bool:
    """Whether this webhook is the first of its key, and ours to answer in this transaction.

    Waits for another transaction that holds the same key, and for the sender's turn: what one
    sender says is taken in one by one, so that two texts sent together find one ticket.
    """
    return bool(await fetch_value(_CLAIM, key, sender, body, now))


async def answer_given(key: str) -> str:
    """What the first webhook of that key was answered."""
    return await fetch_value("SELECT answer FROM webhook_receipt WHERE key = $1", key) or ""


async def keep_answer(key: str, answer: str) -> None:
    """Remember `answer` for the next webhook of the same key."""
    await fetch("UPDATE webhook_receipt SET answer = $2 WHERE key = $1", key, answer)


async def keep_text_answer(
    key: str,
    answer: str,
    *,
    silence: str,
    compulsory: bool,
    channel: str,
    to: str,
    said: str,
    ticket: int | None,
    now: datetime,
) -> str:
    """Remember `answer` (TwiML), log what it says to the customer as a text that was sent, and
    return it.

    The answer of a webhook goes out with the response itself, so its outbox row is "sent" at
    once; on a ticket it also stands in the conversation. Who has opted out is answered `silence`,
    and the row is "suppressed", unless the answer is `compulsory`.
    """
    before, _, after = answer.partition(OUTBOX_ID)
    return await fetch_value(
        _KEEP_TEXT, key, before, after, silence, to, said, ticket, now, channel, compulsory
    )
