"""Rollouts from before they had a subject: each was asked for at the very instant of its edit."""

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from service_desk.database import DB

ID = "2026-11-22T00:36:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What the rollouts so far were about"

FORWARDS = """
UPDATE sla_rollout SET subject = found.subject FROM (
    SELECT DISTINCT ON (r.id) r.id, edit.subject FROM sla_rollout r CROSS JOIN LATERAL (
        SELECT 1 AS place, jsonb_build_object(
            'type', 'policy', 'name', p.name, 'version', p.version, 'id', p.id,
            'calendar_version', (
                SELECT max(c.id) FROM calendar_version c
                WHERE c.name = p.body->>'calendar' AND c.created_at <= r.requested_at)
        ) AS subject FROM policy_version p WHERE p.created_at = r.requested_at
        UNION ALL
        SELECT 2, jsonb_build_object('type', 'calendar', 'name', c.name, 'version', c.version,
            'id', c.id) FROM calendar_version c WHERE c.created_at = r.requested_at
        UNION ALL
        SELECT 3, jsonb_build_object('type', 'order',
            'name', CASE WHEN m.up THEN m.name ELSE m.past END,
            'past', CASE WHEN m.up THEN m.past ELSE m.name END)
        FROM policy_move m WHERE m.moved_at = r.requested_at
        UNION ALL
        SELECT 4, jsonb_build_object('type', 'retirement', 'name', p.name, 'id', p.id)
        FROM policy_version p WHERE p.retired_at = r.requested_at
    ) edit ORDER BY r.id, edit.place
) found WHERE found.id = sla_rollout.id;
DELETE FROM sla_rollout WHERE subject = '{}';
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service_desk", description=DESCRIPTION)
    manager.add_raw(partial(_run, FORWARDS))
    return manager


async def _run(script: str) -> None:
    transaction = DB.current_transaction.get()
    assert transaction is not None, "migrations run in a transaction"
    await transaction.connection.execute(script)
