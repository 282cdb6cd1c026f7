"""Everything is found: later messages, customers, suppliers, assets, numbers in any spelling.

`search_words` makes of a text what rules/words/search_tokens.py makes of it, so that an index over
it is always true, whichever statement writes the row. tests/search/test_words.py compares the two.
"""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB
from service_desk.rules.words.simplified import SIMPLIFIED, TRADITIONAL

ID = "2026-11-30T21:00:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "Search of everything"

CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
ACCENTS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u3099\u309a"

WORDS = f"""
CREATE FUNCTION search_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH folded AS MATERIALIZED (
        SELECT pg_catalog.lower(pg_catalog.normalize(pg_catalog.regexp_replace(
            pg_catalog.normalize($1, 'NFKD'), '[{ACCENTS}]', '', 'g'), 'NFC')) AS text),
    run AS MATERIALIZED (
        SELECT found[1] AS text FROM folded, pg_catalog.regexp_matches(
            CASE WHEN text ~ '[{CHINESE}]' -- translate() looks through all of them for each letter
                THEN pg_catalog.translate(text, '{TRADITIONAL}', '{SIMPLIFIED}') ELSE text END,
            '[{CHINESE}]+|[^\\W_{CHINESE}]+', 'g') AS found)
    SELECT coalesce(pg_catalog.array_to_tsvector(pg_catalog.array_agg(token)), '') FROM (
        SELECT pg_catalog.left(text, 40) AS token FROM run WHERE text !~ '[{CHINESE}]'
        UNION
        SELECT pg_catalog.substr(text, at, 2)
        FROM run, pg_catalog.generate_series(1, pg_catalog.length(text)) AS at
        WHERE text ~ '[{CHINESE}]') AS tokens
$$;
CREATE FUNCTION serial_letters(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.regexp_replace(pg_catalog.upper($1), '[^0-9A-Z]', '', 'g')
$$;
"""
DROP_WORDS = """
DROP FUNCTION serial_letters(text);
DROP FUNCTION search_words(text);
"""

# As in service_desk/search/queries.py and ticket_views/finding.py, word for word.
INDEXES = """
CREATE INDEX customer_words_index ON customer USING gin (search_words(
    name || ' ' || coalesce(email, '') || ' ' || coalesce(phone || ' ' || right(phone, 4), '')));
CREATE INDEX supplier_words_index ON supplier USING gin (search_words(
    name || ' ' || contact_name || ' ' || coalesce(email, '')));
CREATE INDEX asset_words_index ON asset USING gin (search_words(product));
CREATE INDEX customer_phone_end_index ON customer (reverse(phone) text_pattern_ops)
    WHERE phone IS NOT NULL;
CREATE INDEX supplier_phone_end_index ON supplier (reverse(phone) text_pattern_ops)
    WHERE phone IS NOT NULL;
CREATE INDEX asset_serial_letters_index ON asset (serial_letters(serial_number) text_pattern_ops);
CREATE INDEX ticket_serial_letters_index ON ticket (serial_letters(serial_number) text_pattern_ops)
    WHERE serial_number IS NOT NULL;
"""
DROP_INDEXES = """
DROP INDEX customer_words_index, supplier_words_index, asset_words_index,
    customer_phone_end_index, supplier_phone_end_index, asset_serial_letters_index,
    ticket_serial_letters_index;
"""

# A ticket is found by its messages too. What opened it is in its words already; what the desk
# says by itself tells it from no other. (Its own columns: service_desk/tickets/change.py.)
MESSAGES = """
CREATE FUNCTION find_ticket_by_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket t SET search = coalesce(t.search, '') || said.words
    FROM (SELECT w.ticket, search_words(string_agg(w.body, ' ')) AS words
          FROM written w JOIN ticket ON ticket.id = w.ticket
          WHERE NOT w.automatic AND w.body <> '' AND w.body <> ticket.description
          GROUP BY w.ticket) AS said
    WHERE t.id = said.ticket;
    RETURN NULL;
END $$;
CREATE FUNCTION find_ticket_by_moved_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket SET search = coalesce(search, '') || search_words(NEW.body)
    WHERE id = NEW.ticket;
    RETURN NULL;
END $$;
CREATE TRIGGER message_written_search AFTER INSERT ON message
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION find_ticket_by_messages();
CREATE TRIGGER message_moved_search AFTER UPDATE OF ticket ON message
    FOR EACH ROW EXECUTE FUNCTION find_ticket_by_moved_message();
"""
DROP_MESSAGES = """
DROP TRIGGER message_moved_search ON message;
DROP TRIGGER message_written_search ON message;
DROP FUNCTION find_ticket_by_moved_message();
DROP FUNCTION find_ticket_by_messages();
"""

# Tickets of before have neither their later messages nor simplified characters in their words.
EARLIER_TICKETS = """
UPDATE ticket t SET search = search_words(concat_ws(
    ' ', t.number, t.subject, t.description, t.product, t.serial_number, t.external_id,
    t.resolution, c.name, c.phone, c.email,
    (SELECT name FROM supplier WHERE supplier.id = t.supplier),
    (SELECT string_agg(body, ' ') FROM message WHERE ticket = t.id AND NOT automatic)))
FROM customer c
WHERE c.id = t.customer;
"""

STEPS = (
    (WORDS, DROP_WORDS),
    (INDEXES, DROP_INDEXES),
    (EARLIER_TICKETS, "SELECT"),
    (MESSAGES, DROP_MESSAGES),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    for make, _ in STEPS:
        manager.add_raw(partial(_run, make))
    for _, undo in reversed(STEPS):  # the words are dropped after the indexes over them
        manager.add_raw_backwards(partial(_run, undo))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
