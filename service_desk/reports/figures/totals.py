"""The totals of a month."""

from datetime import datetime, timedelta

from msgspec import convert

from service_desk.database import fetch_one
from service_desk.reports.figures.schemas import Totals
from service_desk.reports.figures.ticket_snapshots import TICKETS_AS_OF

REPEAT_WINDOW = timedelta(days=30)

# $1, $2: first instants of the month and of the next; $3: as of; $4: from when repeats count.
_TOTALS = f"""
WITH scope AS (SELECT * FROM ticket WHERE received_at < $2), {TICKETS_AS_OF}, done AS (
    SELECT id FROM snapshot WHERE done_at >= $1 AND done_at < $2
), frequent AS (
    SELECT count(*) AS tickets FROM snapshot WHERE received_at >= $4
    GROUP BY customer HAVING max(received_at) >= $1
), rated AS (
    SELECT score FROM rating JOIN snapshot ON snapshot.id = rating.ticket
    WHERE rated_at >= $1 AND rated_at < $2 AND rated_at <= $3 AND score IS NOT NULL
)
SELECT
    (SELECT count(*) FROM snapshot WHERE received_at >= $1) AS received,
    (SELECT count(*) FROM done) AS resolved,
    (SELECT count(*) FROM done WHERE EXISTS (
        SELECT FROM ticket_event e WHERE e.ticket = done.id AND e.type = 'ticket.resolved'
        AND e.data @> '{{"date_unknown": true}}')) AS undated,
    (SELECT count(*) FROM snapshot WHERE done_at IS NULL OR done_at >= $2) AS open_at_end,
    (SELECT count(DISTINCT e.ticket) FROM ticket_event e JOIN snapshot ON snapshot.id = e.ticket
     WHERE e.type = 'ticket.reopened' AND e.recorded_at >= $1 AND e.recorded_at <= $3
         AND e.at >= $1 AND e.at < $2) AS reopened,
    (SELECT count(*) FROM frequent) AS customers,
    (SELECT count(*) FROM frequent WHERE tickets > 1) AS repeat_customers,
    (SELECT count(*) FROM rated) AS ratings,
    (SELECT count(*) FROM rated WHERE score <= 2) AS low_ratings,
    (SELECT avg(score)::float8 FROM rated) AS rating
"""


async def read_totals(start: datetime, end: datetime, as_of: datetime) -> Totals:
    row = await fetch_one(_TOTALS, start, end, as_of, start - REPEAT_WINDOW)
    counted = dict(row or {})
    rate = counted["reopened"] / counted["resolved"] if counted["resolved"] else None
    return convert(counted | {"reopen_rate": rate}, Totals)
