"""The words of a text in a tenth of the time: `search_words` in PL/pgSQL, without a query of its own.

It gives the same words as before (tests/search/test_words.py), so the indexes over it stay true.
"""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations import m0006_search as search
from service_desk.database import DB

ID = "2026-11-30T23:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "Words for the search, quicker"

# Chinese is cut into pairs twice, from the first and from the second character of each run: together
# these are all its pairs, and its last character. Traditional characters are replaced one by one,
# since translate() would look through all three thousand for each letter of the text.
# COST: by the default the planner takes it for nearly free, and reads a table from end to end to learn
# that nobody has a word. pg_catalog everywhere: an index is also built where nothing else is on the path.
WORDS = f"""
CREATE OR REPLACE FUNCTION search_words(text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
DECLARE
    words text := coalesce($1, '');
    pairs text := '';
    traditional text;
    letter text;
BEGIN
    IF pg_catalog.octet_length(words) = pg_catalog.length(words) THEN -- plain ASCII
        words := pg_catalog.regexp_replace(pg_catalog.lower(words), '[^0-9a-z]+', ' ', 'g');
    ELSE
        words := pg_catalog.lower(pg_catalog.normalize(pg_catalog.regexp_replace(
            pg_catalog.normalize(words, 'NFKD'), '[{search.ACCENTS}]', '', 'g'), 'NFC'));
        words := pg_catalog.regexp_replace(
            words, '[^[:alnum:]{search.CHINESE}]+', ' ', 'g');
        IF words ~ '[{search.CHINESE}]' THEN
            traditional := pg_catalog.regexp_replace(words, '[^{search.TRADITIONAL}]+', '', 'g');
            WHILE traditional <> '' LOOP
                letter := pg_catalog.left(traditional, 1);
                words := pg_catalog.replace(words, letter, pg_catalog.substr(
                    '{search.SIMPLIFIED}', pg_catalog.strpos('{search.TRADITIONAL}', letter), 1));
                traditional := pg_catalog.replace(traditional, letter, '');
            END LOOP;
            words := pg_catalog.regexp_replace(words, '([{search.CHINESE}]+)', ' \\1 ', 'g');
            pairs := pg_catalog.regexp_replace(words, ' [{search.CHINESE}]', ' ', 'g');
            pairs := pg_catalog.regexp_replace(pairs, '([{search.CHINESE}]{{2}})', '\\1 ', 'g');
            words := pg_catalog.regexp_replace(words, '([{search.CHINESE}]{{2}})', '\\1 ', 'g');
        END IF;
    END IF;
    words := words || ' ' || pairs;
    IF words ~ '[^ ]{{41}}' THEN
        words := pg_catalog.regexp_replace(words, '([^ ]{{40}})[^ ]+', '\\1', 'g');
    END IF;
    RETURN pg_catalog.array_to_tsvector(pg_catalog.array_remove(
        pg_catalog.string_to_array(words, ' '), ''));
END $$;
"""
# What was written lately stands in a list beside the index, which every look reads through: a typo
# looks some hundred times.
INDEXES = """
ALTER INDEX customer_words_index SET (fastupdate = off);
ALTER INDEX supplier_words_index SET (fastupdate = off);
ALTER INDEX asset_words_index SET (fastupdate = off);
ALTER INDEX ticket_search_index SET (gin_pending_list_limit = 256);
SELECT gin_clean_pending_list(name::regclass) FROM unnest(ARRAY['customer_words_index',
    'supplier_words_index', 'asset_words_index', 'ticket_search_index']) AS name;
"""
INDEXES_BEFORE = """
ALTER INDEX customer_words_index RESET (fastupdate);
ALTER INDEX supplier_words_index RESET (fastupdate);
ALTER INDEX asset_words_index RESET (fastupdate);
ALTER INDEX ticket_search_index RESET (gin_pending_list_limit);
"""
WORDS_BEFORE = search.WORDS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, WORDS))
    manager.add_raw(partial(_run, INDEXES))
    manager.add_raw_backwards(partial(_run, INDEXES_BEFORE))
    manager.add_raw_backwards(partial(_run, WORDS_BEFORE))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
