"""`sla verify` reports every kind of tampering, and never fails on it."""

import json
from datetime import timedelta

import pytest

from service_desk.clocks.sweep import record_due_levels
from service_desk.database import fetch, transaction
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Policy
from service_desk.sla_settings.editing import save_policy
from service_desk.sla_settings.rollout import roll_out_terms
from service_desk.tickets import conversation, progress
from tests.clocks.comparing import verified
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)
STANDARD = SHIPPED_POLICIES[-1]


async def tamper(statement: str) -> None:
    """Bypass the triggers that protect the history, as a database superuser could."""
    async with transaction():
        await fetch("SET LOCAL session_replication_role = replica")
        await fetch(statement)


def of(type_: str, clock: str = "handling", **more: int) -> str:
    data = {"clock": clock, **more}
    return f"WHERE type = '{type_}' AND data @> '{json.dumps(data)}'"


EARLIER = "at = at - interval '1 day'"
LATER = "at = at + interval '1 second'"
TAMPERED = {
    "a clock lost its next level": (
        "UPDATE clock SET next_level = NULL, next_level_at = NULL WHERE name = 'handling'",
        {("handling 1", "next_level"), ("handling 1", "next_level_at")},
    ),
    "a clock has its next level at another time": (
        "UPDATE clock SET next_level_at = now() WHERE name = 'handling'",
        {("handling 1", "next_level_at")},
    ),
    "a clock has a level that was not recorded": (
        "UPDATE clock SET level_reached = 150 WHERE name = 'handling'",
        {("handling 1", "level_reached")},
    ),
    "a start is missing": (
        f"DELETE FROM ticket_event {of('clock.started')}",
        {("handling 1", "clock.started")},
    ),
    "a pause is missing": (
        f"DELETE FROM ticket_event {of('clock.paused', 'resolution')}",
        {("resolution 1", "clock.paused")},
    ),
    "a resumption is earlier": (
        f"UPDATE ticket_event SET {EARLIER} {of('clock.resumed', 'resolution')}",
        {("resolution 1", "clock.resumed")},
    ),
    "a met is earlier": (
        f"UPDATE ticket_event SET {EARLIER} {of('clock.met', 'response')}",
        {("response 1", "clock.met")},
    ),
    "a met is another clock's": (
        "UPDATE ticket_event SET data = jsonb_set(data, '{clock}', '\"referral\"') "
        + of("clock.met", "response"),
        {("response 1", "clock.met"), ("referral 1", "clock.met")},
    ),
    "a met is there twice": (
        "INSERT INTO ticket_event (ticket, type, at, recorded_at, actor, data) "
        "SELECT ticket, type, at, recorded_at, actor, data FROM ticket_event "
        + of("clock.met", "response"),
        {("response 1", "clock.met")},
    ),
    "a move of the due time is missing": (
        f"DELETE FROM ticket_event {of('clock.due_moved')}",
        {("handling 1", "clock.due_moved")},
    ),
    "a breach is missing": (
        f"DELETE FROM ticket_event {of('clock.breached', 'response')}",
        {("response 1", "clock.breached")},
    ),
    "a breach too many": (
        "INSERT INTO ticket_event (ticket, type, at, recorded_at, actor, data) "
        "SELECT ticket, 'clock.breached', at, recorded_at, actor, data FROM ticket_event "
        + of("clock.met", "next_response"),
        {("next_response 1", "clock.breached")},
    ),
    "a level is missing": (
        f"DELETE FROM ticket_event {of('clock.level_reached', 'response', percent=50)}",
        {("response 1", "level 50")},
    ),
    "the last level is missing": (
        f"DELETE FROM ticket_event {of('clock.level_reached', 'response', percent=150)}",
        {
            ("response 1", what)
            for what in ("level 150", "level_reached", "next_level", "next_level_at")
        },
    ),
    "a level is later": (
        f"UPDATE ticket_event SET {LATER} "
        + of("clock.level_reached", "response", percent=80),
        {("response 1", "level 80")},
    ),
    "the ticket was received later": (
        "UPDATE ticket SET received_at = received_at + interval '1 hour'",
        {("ticket", "received_at")},
    ),
    "the ticket ranks first": (
        "UPDATE ticket SET rank_at = rank_at - interval '1 year'",
        {("ticket", "rank_at")},
    ),
    "the ticket ranks last": ("UPDATE ticket SET rank_at = NULL", {("ticket", "rank_at")}),
}  # fmt: skip


async def eventful_ticket() -> str:
    """Its clocks were paused, resumed, met, breached and moved; handling still runs."""
    number, agent = (await make_ticket()).number, await make_staff()
    await progress.wait(number, "customer", staff_id=agent, now=NOW + 0.2 * HOUR)
    await conversation.receive_message(number, "Hm", channel="sms", now=NOW + 0.3 * HOUR)
    await record_due_levels(NOW + 3.5 * HOUR)
    await conversation.reply(number, "Hello", staff_id=agent, now=NOW + 3.6 * HOUR)
    await conversation.receive_message(number, "Hm", channel="sms", now=NOW + 3.7 * HOUR)
    await conversation.reply(number, "Hello", staff_id=agent, now=NOW + 3.8 * HOUR)
    boss = await make_staff("supervisor")
    milder = Policy("standard", STANDARD.targets | {"handling": 40 * 3600})
    await save_policy(milder, apply_to_open=True, staff_id=boss, now=NOW + 3.9 * HOUR)
    await roll_out_terms(NOW + 3.9 * HOUR)
    return number


@pytest.mark.parametrize("what", TAMPERED)
async def test_tampering_is_reported(desk: str, what: str) -> None:
    number = await eventful_ticket()
    assert await verified(NOW + 4 * HOUR) == []
    statement, expected = TAMPERED[what]
    await tamper(statement)
    found = await verified(NOW + 4 * HOUR)
    assert {n for n, _ in found} == {number}
    assert sorted((d.subject, d.what) for _, d in found) == sorted(expected)
    assert all(d.recomputed and d.stored != d.recomputed for _, d in found)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("jsonb_set(data, '{policy_version}', '999')", ", KeyError 999"),
        ("jsonb_set(data, '{calendar_version}', '999')", ", KeyError 999"),
        ("jsonb_set(data, '{policy_version}', '99999999999999999999')", ", KeyError 9999"),
        ("'{}'", ": Object missing required field `policy`"),
        ("'[]'", ": Expected `object`, got `array`"),
        ("'null'", ": Expected `object`, got `null`"),
    ],
)
async def test_an_unreadable_history_does_not_stop_verification(
    desk: str, data: str, message: str
) -> None:
    bad = (await make_ticket()).number
    worse = (await make_ticket(phone="+8613800138009")).number
    await tamper(
        f"UPDATE ticket_event SET data = {data} WHERE type = 'sla.policy_applied' "
        f"AND ticket = (SELECT id FROM ticket WHERE number = '{bad}')"
    )
    await tamper(
        "UPDATE clock SET due_at = due_at + interval '1 hour' WHERE name = 'handling' "
        f"AND ticket = (SELECT id FROM ticket WHERE number = '{worse}')"
    )
    (first, unreadable), (second, moved) = await verified(NOW)
    assert (first, second) == (bad, worse)
    assert str(unreadable).startswith(f"history unreadable: sla.policy_applied of {NOW}{message}")
    assert (moved.subject, moved.what) == ("handling 1", "due_at")


@pytest.mark.parametrize("data", ["[]", "{}"])
async def test_an_unreadable_clock_event_does_not_stop_it(desk: str, data: str) -> None:
    number = (await make_ticket()).number
    await tamper(f"UPDATE ticket_event SET data = '{data}' WHERE type = 'clock.started'")
    [(reported, unreadable)] = await verified(NOW)
    assert (reported, str(unreadable)[:19]) == (number, "history unreadable:")
